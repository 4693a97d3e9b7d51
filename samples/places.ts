// Where workers come from: rural places of the provinces that the two agencies of the sample campaign cover, and what their papers say.

export interface Place {
  text: string
  /** ISO 3166-2 of the province. */
  subdivision: string
  /** First letters of identity cards issued there. */
  cardPrefix: string
  postalCode: string
}

const places = (text: string): readonly Place[] =>
  text
    .trim()
    .split('\n')
    .map(line => {
      const [place = '', subdivision = '', cardPrefix = '', postalCode = ''] = line.split('|')
      return { text: place, subdivision, cardPrefix, postalCode }
    })

/** The north-west: Kénitra and the provinces around. */
export const placesOfTheNorthWest = places(`
Moulay Bousselham|MA-KEN|GB|14302
Souk El Arbaa du Gharb|MA-KEN|GB|14300
Lalla Mimouna|MA-KEN|GB|14303
Kénitra|MA-KEN|G|14000
Sidi Slimane|MA-SIL|GA|14200
Sidi Yahya du Gharb|MA-SIL|GA|14250
Sidi Kacem|MA-SIK|GK|16000
Mechra Bel Ksiri|MA-SIK|GK|16150
Tiflet|MA-KHE|X|15400
Rommani|MA-KHE|XA|15250
Larache|MA-LAR|LA|92000
Ksar El Kébir|MA-LAR|LB|92150
Chefchaouen|MA-CHE|LC|91000
Ouezzane|MA-OUZ|GM|16200
Taounate|MA-TAO|ZT|34000
Taza|MA-TAZ|Z|35000
`)

/** The centre: Béni Mellal and the provinces around. */
export const placesOfTheCentre = places(`
Béni Mellal|MA-BEM|I|23000
Kasba Tadla|MA-BEM|I|23350
Fquih Ben Salah|MA-FQH|IB|23200
Souk Sebt Ouled Nemma|MA-FQH|IB|23550
Azilal|MA-AZI|IC|22000
Demnate|MA-AZI|IC|22300
Khénifra|MA-KHN|V|54000
Khouribga|MA-KHO|Q|25000
Oued Zem|MA-KHO|QA|25350
Boujaad|MA-KHO|QB|25060
Settat|MA-SET|W|26000
Ben Ahmed|MA-SET|WA|26050
El Jadida|MA-JDI|M|24000
Sidi Bennour|MA-SIB|MC|24350
Berrechid|MA-BRR|WB|26100
Benslimane|MA-BES|TA|13000
`)
