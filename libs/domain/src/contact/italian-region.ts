/** Region to the first two digits of its postcodes, single or as inclusive range. */
const postcodesByRegion: Readonly<Record<string, string>> = {
  Lazio: '00-04',
  Umbria: '05-06',
  Sardinia: '07-09',
  Piedmont: '10 12-15 28',
  'Aosta Valley': '11',
  Liguria: '16-19',
  Lombardy: '20-27 46',
  'Emilia-Romagna': '29 40-44 47-48',
  Veneto: '30-32 35-37 45',
  'Friuli-Venezia Giulia': '33-34',
  'Trentino-Alto Adige/Südtirol': '38-39',
  Tuscany: '50-59',
  Marche: '60-63',
  Abruzzo: '64-67',
  Apulia: '70-74 76',
  Basilicata: '75 85',
  Campania: '80-84',
  Molise: '86',
  Calabria: '87-89',
  Sicily: '90-98',
};

const regionByPrefix = new Map<string, string>();
for (const [region, ranges] of Object.entries(postcodesByRegion)) {
  for (const range of ranges.split(' ')) {
    const [first = '', last = first] = range.split('-');
    for (let prefix = Number(first); prefix <= Number(last); prefix += 1) {
      regionByPrefix.set(String(prefix).padStart(2, '0'), region);
    }
  }
}

/** Region of an Italian postcode, null when its first two digits belong to none. */
export const findItalianRegion = (postcode: string): string | null => regionByPrefix.get(postcode.slice(0, 2)) ?? null;
