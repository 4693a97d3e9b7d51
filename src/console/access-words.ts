// The words of the file that a person gets about herself, in the languages of the status page.
import type { PrivacyClass } from '../../schemas/field.ts'
import type { Language } from './language.ts'

interface AccessWords {
  title: string
  made: string
  kinds: Readonly<Record<'placement' | 'authorization', string>>
  other: string
  sources: string
  recipients: string
  when: string
  who: string
  what: string
  basis: string
  retention: string
  until: string
  afterwards: Readonly<Record<'erase' | 'block', string>>
  frozen: string
  rights: string
  rightsText: string
}

export const accessWords: Readonly<Record<Language, AccessWords>> = {
  fr: {
    title: 'Vos données personnelles',
    made: 'Fait le',
    kinds: { placement: 'Votre campagne', authorization: 'Votre autorisation de travail' },
    other: 'Autres données',
    sources: 'Qui nous a dit quoi',
    recipients: 'À qui elles ont été communiquées',
    when: 'Date',
    who: 'Qui',
    what: 'Quoi',
    basis: 'Base légale',
    retention: 'Combien de temps elles sont conservées',
    until: 'Jusqu’au',
    afterwards: {
      erase: 'Elles sont ensuite effacées.',
      block: 'Elles sont ensuite bloquées : seuls les tribunaux et les autorités peuvent les voir.'
    },
    frozen: 'Elles sont conservées jusqu’à ce qu’une personne en décide.',
    rights: 'Vos droits',
    rightsText: 'Vous pouvez demander leur rectification ou leur effacement, vous opposer à leur traitement et saisir la CNDP ou l’AEPD.'
  },
  ar: {
    title: 'معطياتك الشخصية',
    made: 'حرر في',
    kinds: { placement: 'موسمك', authorization: 'رخصة عملك' },
    other: 'معطيات أخرى',
    sources: 'من أخبرنا وبماذا',
    recipients: 'لمن أرسلت',
    when: 'التاريخ',
    who: 'من',
    what: 'ماذا',
    basis: 'الأساس القانوني',
    retention: 'مدة الاحتفاظ بها',
    until: 'إلى غاية',
    afterwards: { erase: 'ثم تمحى.', block: 'ثم تحجب: لا تطلع عليها إلا المحاكم والسلطات.' },
    frozen: 'يحتفظ بها إلى أن يقرر شخص مسؤول.',
    rights: 'حقوقك',
    rightsText:
      'يمكنك طلب تصحيحها أو محوها والتعرض على استعمالها واللجوء إلى اللجنة الوطنية لمراقبة حماية المعطيات أو إلى الوكالة الإسبانية.'
  },
  es: {
    title: 'Sus datos personales',
    made: 'Hecho el',
    kinds: { placement: 'Su campaña', authorization: 'Su autorización de trabajo' },
    other: 'Otros datos',
    sources: 'Quién nos dijo qué',
    recipients: 'A quién se han comunicado',
    when: 'Fecha',
    who: 'Quién',
    what: 'Qué',
    basis: 'Base jurídica',
    retention: 'Cuánto tiempo se conservan',
    until: 'Hasta el',
    afterwards: { erase: 'Después se suprimen.', block: 'Después se bloquean: solo pueden verlos los tribunales y las autoridades.' },
    frozen: 'Se conservan hasta que una persona decida.',
    rights: 'Sus derechos',
    rightsText: 'Puede pedir su rectificación o supresión, oponerse a su tratamiento y reclamar ante la CNDP o la AEPD.'
  },
  en: {
    title: 'Your personal data',
    made: 'Made on',
    kinds: { placement: 'Your campaign', authorization: 'Your work authorisation' },
    other: 'Other data',
    sources: 'Who told us what',
    recipients: 'Whom it was given to',
    when: 'Date',
    who: 'Who',
    what: 'What',
    basis: 'Legal basis',
    retention: 'How long it is kept',
    until: 'Until',
    afterwards: { erase: 'Then it is erased.', block: 'Then it is blocked: only courts and authorities can see it.' },
    frozen: 'It is kept until a person decides.',
    rights: 'Your rights',
    rightsText: 'You may ask for it to be corrected or erased, object to its use, and complain to the CNDP or the AEPD.'
  }
}

const words = (...texts: readonly [fr: string, ar: string, es: string, en: string]) => texts

const classes: Readonly<Record<PrivacyClass, readonly [string, string, string, string]>> = {
  name: words('Nom', 'الاسم', 'Nombre', 'Name'),
  birthDate: words('Date de naissance', 'تاريخ الازدياد', 'Fecha de nacimiento', 'Date of birth'),
  birthPlace: words('Lieu de naissance', 'مكان الازدياد', 'Lugar de nacimiento', 'Place of birth'),
  sex: words('Sexe', 'الجنس', 'Sexo', 'Sex'),
  nationality: words('Nationalité', 'الجنسية', 'Nacionalidad', 'Nationality'),
  cnie: words('Carte nationale d’identité', 'البطاقة الوطنية', 'Tarjeta nacional de identidad (CNIE)', 'National identity card'),
  passport: words('Passeport', 'جواز السفر', 'Pasaporte', 'Passport'),
  nie: words('NIE', 'رقم هوية الأجنبي', 'NIE', 'NIE'),
  nuss: words('Sécurité sociale espagnole', 'الضمان الاجتماعي الإسباني', 'Número de la Seguridad Social', 'Spanish social security'),
  phone: words('Téléphone et langue', 'الهاتف واللغة', 'Teléfono e idioma', 'Telephone and language'),
  address: words('Adresse', 'العنوان', 'Domicilio', 'Address'),
  experience: words('Expérience et langues', 'الخبرة واللغات', 'Experiencia e idiomas', 'Experience and languages'),
  history: words(
    'Campagnes antérieures et retour',
    'المواسم السابقة والعودة',
    'Campañas anteriores y retorno',
    'Earlier campaigns and return'
  ),
  contractPay: words('Contrat et salaire', 'العقد والأجر', 'Contrato y salario', 'Contract and pay'),
  criminalRecord: words('Casier judiciaire', 'السجل العدلي', 'Antecedentes penales', 'Criminal record'),
  medicalCertificate: words('Certificat médical', 'الشهادة الطبية', 'Certificado médico', 'Medical certificate'),
  travelPermit: words('Visa et titre de séjour', 'التأشيرة وبطاقة الإقامة', 'Visado y tarjeta', 'Visa and residence card'),
  photo: words('Photographie', 'الصورة', 'Fotografía', 'Photograph'),
  homeNumber: words('Numéro personnel étranger', 'الرقم الشخصي الأجنبي', 'Número personal extranjero', 'Foreign personal number'),
  agencyNumber: words('Numéro à l’agence', 'الرقم لدى الوكالة', 'Número en la agencia', 'Number at the agency'),
  reason: words('Motifs de décisions', 'أسباب القرارات', 'Motivos de decisiones', 'Reasons of decisions'),
  procedure: words('Votre dossier', 'ملفك', 'Su expediente', 'Your file'),
  organisation: words('Employeur et offre', 'المشغل والعرض', 'Empleador y oferta', 'Employer and offer')
}

const inLanguage = (place: 0 | 1 | 2 | 3) =>
  Object.fromEntries(Object.entries(classes).map(([name, texts]) => [name, texts[place]])) as Readonly<Record<PrivacyClass, string>>

export const classWords: Readonly<Record<Language, Readonly<Record<PrivacyClass, string>>>> = {
  fr: inLanguage(0),
  ar: inLanguage(1),
  es: inLanguage(2),
  en: inLanguage(3)
}
