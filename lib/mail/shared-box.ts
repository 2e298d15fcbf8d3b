const boxes = new Set(
  `accounting accounts admin administrator biuro billing bok contact crm dane desk dyrekcja finance firma hello help helpdesk hr info
   it kadry kontakt ksiegowosc mail marketing office poczta pomoc postmaster recepcja root sales sekretariat service serwis sprzedaz
   support team webmaster zamowienia zarzad zespol`.split(/\s+/),
)

/** An address that several people are likely to read: mails to it carry no names and no counts (S15). `biuro+crm@` and `info.pl@` count too. */
export function isSharedBox(email: string): boolean {
  const local = email.slice(0, email.lastIndexOf('@')).toLowerCase()
  return local.split(/[.+_-]/).some((part) => boxes.has(part))
}
