// The code lists the schemas need: countries, regions, languages, and the words a section may carry.

/** ISO 3166-1, all 249: alpha-2 and alpha-3. */
const countryPairs =
  `AD:AND AE:ARE AF:AFG AG:ATG AI:AIA AL:ALB AM:ARM AO:AGO AQ:ATA AR:ARG AS:ASM AT:AUT AU:AUS AW:ABW AX:ALA AZ:AZE BA:BIH BB:BRB BD:BGD
BE:BEL BF:BFA BG:BGR BH:BHR BI:BDI BJ:BEN BL:BLM BM:BMU BN:BRN BO:BOL BQ:BES BR:BRA BS:BHS BT:BTN BV:BVT BW:BWA BY:BLR BZ:BLZ CA:CAN
CC:CCK CD:COD CF:CAF CG:COG CH:CHE CI:CIV CK:COK CL:CHL CM:CMR CN:CHN CO:COL CR:CRI CU:CUB CV:CPV CW:CUW CX:CXR CY:CYP CZ:CZE DE:DEU
DJ:DJI DK:DNK DM:DMA DO:DOM DZ:DZA EC:ECU EE:EST EG:EGY EH:ESH ER:ERI ES:ESP ET:ETH FI:FIN FJ:FJI FK:FLK FM:FSM FO:FRO FR:FRA GA:GAB
GB:GBR GD:GRD GE:GEO GF:GUF GG:GGY GH:GHA GI:GIB GL:GRL GM:GMB GN:GIN GP:GLP GQ:GNQ GR:GRC GS:SGS GT:GTM GU:GUM GW:GNB GY:GUY HK:HKG
HM:HMD HN:HND HR:HRV HT:HTI HU:HUN ID:IDN IE:IRL IL:ISR IM:IMN IN:IND IO:IOT IQ:IRQ IR:IRN IS:ISL IT:ITA JE:JEY JM:JAM JO:JOR JP:JPN
KE:KEN KG:KGZ KH:KHM KI:KIR KM:COM KN:KNA KP:PRK KR:KOR KW:KWT KY:CYM KZ:KAZ LA:LAO LB:LBN LC:LCA LI:LIE LK:LKA LR:LBR LS:LSO LT:LTU
LU:LUX LV:LVA LY:LBY MA:MAR MC:MCO MD:MDA ME:MNE MF:MAF MG:MDG MH:MHL MK:MKD ML:MLI MM:MMR MN:MNG MO:MAC MP:MNP MQ:MTQ MR:MRT MS:MSR
MT:MLT MU:MUS MV:MDV MW:MWI MX:MEX MY:MYS MZ:MOZ NA:NAM NC:NCL NE:NER NF:NFK NG:NGA NI:NIC NL:NLD NO:NOR NP:NPL NR:NRU NU:NIU NZ:NZL
OM:OMN PA:PAN PE:PER PF:PYF PG:PNG PH:PHL PK:PAK PL:POL PM:SPM PN:PCN PR:PRI PS:PSE PT:PRT PW:PLW PY:PRY QA:QAT RE:REU RO:ROU RS:SRB
RU:RUS RW:RWA SA:SAU SB:SLB SC:SYC SD:SDN SE:SWE SG:SGP SH:SHN SI:SVN SJ:SJM SK:SVK SL:SLE SM:SMR SN:SEN SO:SOM SR:SUR SS:SSD ST:STP
SV:SLV SX:SXM SY:SYR SZ:SWZ TC:TCA TD:TCD TF:ATF TG:TGO TH:THA TJ:TJK TK:TKL TL:TLS TM:TKM TN:TUN TO:TON TR:TUR TT:TTO TV:TUV TW:TWN
TZ:TZA UA:UKR UG:UGA UM:UMI US:USA UY:URY UZ:UZB VA:VAT VC:VCT VE:VEN VG:VGB VI:VIR VN:VNM VU:VUT WF:WLF WS:WSM YE:YEM YT:MYT ZA:ZAF
ZM:ZMB ZW:ZWE`
    .split(/\s+/)
    .map(pair => [pair.slice(0, 2), pair.slice(3)] as const)

/** ISO 3166-1: alpha-2 to alpha-3. */
export const alpha3Of: ReadonlyMap<string, string> = new Map(countryPairs)

/** ISO 3166-1: alpha-3 to alpha-2. */
export const alpha2Of: ReadonlyMap<string, string> = new Map(countryPairs.map(([alpha2, alpha3]) => [alpha3, alpha2]))

/** True for an ISO 3166-1 alpha-3 code. */
export const isCountry = (value: string): boolean => alpha2Of.has(value)

/** ISO 3166-2: the twelve regions of Morocco. */
export const moroccanRegions = {
  'MA-01': 'Tanger-Tétouan-Al Hoceïma',
  'MA-02': "L'Oriental",
  'MA-03': 'Fès-Meknès',
  'MA-04': 'Rabat-Salé-Kénitra',
  'MA-05': 'Béni Mellal-Khénifra',
  'MA-06': 'Casablanca-Settat',
  'MA-07': 'Marrakech-Safi',
  'MA-08': 'Drâa-Tafilalet',
  'MA-09': 'Souss-Massa',
  'MA-10': 'Guelmim-Oued Noun',
  'MA-11': 'Laâyoune-Sakia El Hamra',
  'MA-12': 'Dakhla-Oued Ed-Dahab'
} as const

/** ISO 3166-2: the provinces of the regions that workers come from, to their region. */
const provincesOfRegion = {
  'MA-01': 'TNG TET LAR CHE HOC OUZ FAH MDF',
  'MA-03': 'FES MEK BOM HAJ IFR MOU SEF TAO TAZ',
  'MA-04': 'RAB SAL KEN KHE SIK SIL SKH',
  'MA-05': 'BEM AZI FQH KHN KHO',
  'MA-06': 'CAS BES BRR JDI MED MOH NOU SET SIB'
} as const

const regionOfProvince: ReadonlyMap<string, string> = new Map(
  Object.entries(provincesOfRegion).flatMap(([region, provinces]) =>
    provinces.split(' ').map(province => [`MA-${province}`, region] as const)
  )
)

/** The region of a Moroccan province or region (ISO 3166-2); undefined when the list does not hold it. */
export const moroccanRegionOf = (subdivision: string): string | undefined =>
  subdivision in moroccanRegions ? subdivision : regionOfProvince.get(subdivision)

/** Common European Framework of Reference for Languages. */
export const cefrLevels = ['PRE_A1', 'A1', 'A2', 'B1', 'B2', 'C1', 'C2'] as const

/** Languages in which a worker is spoken to. */
export const contactLanguages = ['ar', 'zgh', 'fr', 'es', 'en', 'hy'] as const
export const contactChannels = ['SMS', 'VOICE'] as const

export const documentTypes = ['PASSPORT', 'VISA', 'TIE', 'CNIE'] as const
export const identifierStatuses = ['ACTIVE', 'SUPERSEDED', 'DISPUTED'] as const

export const selectionResults = ['SELECTED', 'RESERVE', 'REJECTED', 'ABSENT'] as const
export const authorizationDecisions = ['GRANTED', 'REFUSED', 'INADMISSIBLE', 'ARCHIVED', 'EXTINGUISHED'] as const

/** Which nine-month rule an authorisation follows: any twelve months, "in a year", calendar year. */
export const legalBases = ['R1', 'R2', 'R3'] as const

export const callbackOutcomes = ['APPROVED', 'SILENCE', 'REFUSED'] as const

/** RD 1155/2024 art 46: revoked, the authorisation ended; annulled, the requirements were never met. */
export const visaOutcomes = ['ISSUED', 'REFUSED', 'WITHDRAWN', 'LAPSED', 'RENOUNCED', 'REVOKED', 'ANNULLED'] as const

export const boardingStatuses = ['SUMMONED', 'PRESENT', 'DOCS_HANDED', 'BOARDED', 'NO_SHOW', 'OFFLOADED'] as const
export const entryDocuments = ['VISA', 'TIE+RESOLUTION'] as const

/** Neutral on purpose: health, pregnancy and the content of a complaint are never stored. */
export const stayReasons = [
  'LEAVE',
  'EMPLOYER_CHANGE',
  'EMPLOYER_BREACH',
  'FORCE_MAJEURE',
  'END_OF_CALL',
  'EARLY_JUSTIFIED',
  'EARLY_UNJUSTIFIED',
  'OTHER'
] as const

export const returnResults = ['VERIFIED', 'LATE', 'NOT_PRESENTED', 'JUSTIFIED'] as const

/** Strongest first; only the first two close the case. */
export const returnEvidence = [
  'CONSULATE_APPEARANCE',
  'CENTRAL_REGISTER',
  'EXIT_STAMP',
  'CARRIER_RETURN_LEG',
  'AGENCY_DECLARATION'
] as const

export const offerModalities = ['GENERIC', 'NOMINATIVE'] as const
export const offerSchemes = ['CIRCULAR', 'STABLE'] as const
export const payUnits = ['HOUR', 'DAY', 'MONTH'] as const
/** Evidence that no local worker was found (RD 1155/2024 art 75; LO 4/2000 art 40.1.k). */
export const labourMarketEvidence = ['FORECAST', 'CATALOGUE', 'SEPE_CERT', 'LAW40K'] as const
export const feePayers = ['EMPLOYER', 'WORKER'] as const
