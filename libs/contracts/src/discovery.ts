/** The service that schedulers announce by mDNS: `_atelier._tcp`, at the port that agents join on. */
export const mdnsServiceType = 'atelier';
