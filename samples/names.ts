// Moroccan names as two documents print them: in Latin letters and in Arabic. Families with EL, BEN, AIT and OULD are whole names.

export interface NamePair {
  latin: string
  arabic: string
}

const pairs = (text: string): readonly NamePair[] =>
  text
    .trim()
    .split('\n')
    .map(line => {
      const [latin = '', arabic = ''] = line.split('|').map(part => part.trim())
      return { latin, arabic }
    })

export const familyNames = pairs(`
EL IDRISSI|الإدريسي
BENALI|بنعلي
BEN ALI|بن علي
AIT OUAHMANE|آيت وحمان
AIT LAHCEN|آيت لحسن
AIT BRAHIM|آيت ابراهيم
AIT HADDOU|آيت حدو
EL AMRANI|العمراني
ALAOUI|العلوي
EL FASSI|الفاسي
BENNANI|بناني
TAZI|التازي
CHRAIBI|الشرايبي
EL KHATTABI|الخطابي
BERRADA|برادة
BENJELLOUN|بنجلون
ZIANI|الزياني
EL OUAFI|الوافي
HADDAD|حداد
EL MANSOURI|المنصوري
RACHIDI|الرشيدي
NACIRI|الناصري
LAHLOU|لحلو
SAIDI|السعيدي
OUAZZANI|الوزاني
EL GHARBI|الغربي
BOUAZZA|بوعزة
BOUKHRISS|بوخريص
CHERKAOUI|الشرقاوي
DAOUDI|الداودي
EL HAJJAMI|الحجامي
FILALI|الفيلالي
GUESSOUS|كسوس
HAMDAOUI|الحمداوي
JABRI|الجابري
KADIRI|القادري
EL KABBAJ|القباج
LAMRABET|لمرابط
MEZIANE|مزيان
MOUSSAOUI|الموساوي
EL GHAZI|الغازي
SEBTI|السبتي
SLIMANI|السليماني
TAHIRI|الطاهري
TOUHAMI|التوهامي
YAACOUBI|اليعقوبي
ZEROUALI|الزروالي
EL BAKKALI|البقالي
EL HADDADI|الحدادي
BENKIRANE|بنكيران
BENMOUSSA|بنموسى
BEN BRAHIM|بن ابراهيم
BEN HAMMOU|بن حمو
OULD LARBI|ولد العربي
AMGHAR|أمغار
OUCHEN|أوشن
EL MOUTAOUAKIL|المتوكل
EL YOUSFI|اليوسفي
BOUZIDI|البوزيدي
CHAFIK|شفيق
`)

export const womensNames = pairs(`
FATIMA|فاطمة
FATIMA ZAHRA|فاطمة الزهراء
KHADIJA|خديجة
AICHA|عائشة
NAIMA|نعيمة
RACHIDA|رشيدة
SAIDA|سعيدة
LATIFA|لطيفة
MALIKA|مليكة
ZINEB|زينب
HANANE|حنان
SAMIRA|سميرة
NADIA|نادية
HALIMA|حليمة
MERYEM|مريم
SOUAD|سعاد
BOUCHRA|بشرى
JAMILA|جميلة
HAFIDA|حفيظة
ILHAM|إلهام
KARIMA|كريمة
LAILA|ليلى
NAJAT|نجاة
OUAFAE|وفاء
RABIA|ربيعة
SANAE|سناء
SIHAM|سهام
TOURIA|ثورية
YAMNA|يامنة
ZAHRA|زهرة
HASNA|حسناء
HAYAT|حياة
IKRAM|إكرام
ASMAE|أسماء
AMINA|أمينة
FADMA|فاضمة
ITTO|إيطو
HIND|هند
LOUBNA|لبنى
MOUNA|منى
RAJAE|رجاء
SALMA|سلمى
LALLA ZOHRA|لالة زهرة
OUM KELTOUM|أم كلثوم
`)

export const mensNames = pairs(`
MOHAMED|محمد
AHMED|أحمد
ABDELLAH|عبد الله
HASSAN|حسن
LAHCEN|لحسن
YOUSSEF|يوسف
MUSTAPHA|مصطفى
RACHID|رشيد
DRISS|إدريس
BRAHIM|ابراهيم
SAID|سعيد
KHALID|خالد
MOULAY ALI|مولاي علي
ABDELKADER|عبد القادر
`)

/** Longer than the fifty letters of a Spanish surname field. */
export const longFamilyName: NamePair = {
  latin: 'AIT SIDI MOHAMED BEN ABDERRAHMANE EL HASSANI EL IDRISSI EL OUAZZANI',
  arabic: 'آيت سيدي محمد بن عبد الرحمان الحسني الإدريسي الوزاني'
}

/** One family, spelled three ways by three offices: the passport's first, then the identity card's. */
export const spellings: readonly { passport: NamePair; card: string }[] = [
  { passport: { latin: 'EL IDRISSI', arabic: 'الإدريسي' }, card: 'ELIDRISSI' },
  { passport: { latin: 'EL IDRISSI', arabic: 'الإدريسي' }, card: 'IDRISSI' },
  { passport: { latin: 'BEN ALI', arabic: 'بن علي' }, card: 'BENALI' },
  { passport: { latin: 'AIT OUAHMANE', arabic: 'آيت وحمان' }, card: 'AIT OUHMANE' }
]
