// What the schemas tell a sender, in French. The English sentence, which stands in the schema, is the id.
import type { Translation } from '../said.ts'
import type { es } from './es.ts'

export const fr: Translation<typeof es> = {
  'This member is missing: add it': 'Ce membre manque : ajoutez-le',
  'This member is not known here: leave it out or correct its name': 'Ce membre n’est pas connu ici : supprimez-le ou corrigez son nom',
  'This must be {kind}': 'Ce doit être {kind}',
  'a boolean': 'un booléen',
  'a number': 'un nombre',
  'a string': 'une chaîne',
  'a whole number': 'un nombre entier',
  'an array': 'un tableau',
  'an object': 'un objet',
  'This must be one of: {values}': 'Ce doit être l’une de ces valeurs : {values}',
  'At least {limit}': 'Au moins {limit}',
  'At least {limit} characters': 'Nombre minimal de caractères : {limit}',
  'At least {limit} entries': 'Nombre minimal d’éléments : {limit}',
  'At most {limit}': 'Au plus {limit}',
  'At most {limit} characters': 'Nombre maximal de caractères : {limit}',
  'At most {limit} entries': 'Nombre maximal d’éléments : {limit}',
  'Invalid input': 'Cette valeur n’est pas valide ici',
  'This value is not valid here': 'Cette valeur n’est pas valide ici',
  'Give at least one of: {members}': 'Indiquez au moins l’un de ces membres : {members}',
  'In {type}, {path} is {value} or absent': 'Dans {type}, {path} vaut {value} ou est absent',
  '{what}: the gateway does not take this from anybody. Leave it out': '{what} : la passerelle ne recueille cela de personne. Supprimez-le',
  'A photograph': 'Une photographie',
  'Bank accounts': 'Comptes bancaires',
  Biometrics: 'Données biométriques',
  Complaints: 'Plaintes',
  'Ethnic origin': 'Origine ethnique',
  Family: 'Famille',
  Health: 'Santé',
  'Household income': 'Revenus du foyer',
  'Marital status': 'Situation matrimoniale',
  'Political opinion': 'Opinion politique',
  Religion: 'Religion',
  Savings: 'Épargne',
  Schooling: 'Scolarité',
  'Social data': 'Données sociales',
  'Union membership': 'Appartenance syndicale',
  'A CCC is eleven digits: province 2, number 7, control 2': 'Un CCC compte onze chiffres : province 2, numéro 7, contrôle 2',
  'The first two digits of a CCC are a province, never 00': 'Les deux premiers chiffres d’un CCC désignent une province, jamais 00',
  'The last two digits of the CCC do not agree with the rest (mod 97); copy it again':
    'Les deux derniers chiffres du CCC ne concordent pas avec le reste (mod 97) ; recopiez-le',
  'A CIF is one of the letters A-H, J, N, P-S, U-W, seven digits and a control character':
    'Un CIF se compose d’une des lettres A-H, J, N, P-S, U-W, de sept chiffres et d’un caractère de contrôle',
  'The control of the CIF does not agree with its digits; copy it again':
    'Le contrôle du CIF ne concorde pas avec ses chiffres ; recopiez-le',
  'The control of this kind of CIF must be a digit, and the right one; copy it again':
    'Le contrôle de ce genre de CIF doit être un chiffre, et le bon ; recopiez-le',
  'The control of this kind of CIF must be a letter, and the right one; copy it again':
    'Le contrôle de ce genre de CIF doit être une lettre, et la bonne ; recopiez-le',
  'A CNIE is one or two letters and five to seven digits': 'Une CNIE se compose d’une ou deux lettres et de cinq à sept chiffres',
  'Among the digits of a CNIE stands a letter O: write the digit 0':
    'Parmi les chiffres d’une CNIE se trouve une lettre O : écrivez le chiffre 0',
  'Write the CNIE in capitals and without blanks or signs': 'Écrivez la CNIE en majuscules, sans espaces ni signes',
  'A NIE is X, Y or Z, seven digits and a letter, in capitals without blanks':
    'Un NIE se compose de X, Y ou Z, de sept chiffres et d’une lettre, en majuscules et sans espaces',
  'The last letter of the NIE does not agree with its number (mod 23); copy it again':
    'La dernière lettre du NIE ne concorde pas avec son numéro (mod 23) ; recopiez-le',
  'A NIF is eight digits and a letter, or K, L or M, seven digits and a letter':
    'Un NIF se compose de huit chiffres et d’une lettre, ou bien de K, L ou M, de sept chiffres et d’une lettre',
  'The last letter of the NIF does not agree with its number (mod 23); copy it again':
    'La dernière lettre du NIF ne concorde pas avec son numéro (mod 23) ; recopiez-le',
  'A NUSS is twelve digits: province 2, number 8, control 2; put the older eleven-digit form to twelve':
    'Un NUSS compte douze chiffres : province 2, numéro 8, contrôle 2 ; portez à douze l’ancienne forme à onze',
  'The first two digits of a NUSS are a province, never 00': 'Les deux premiers chiffres d’un NUSS désignent une province, jamais 00',
  'The last two digits of the NUSS do not agree with the rest (mod 97); copy it again':
    'Les deux derniers chiffres du NUSS ne concordent pas avec le reste (mod 97) ; recopiez-le',
  'A Latvian personal code is six digits, a hyphen and five digits':
    'Un code personnel letton se compose de six chiffres, d’un trait d’union et de cinq chiffres',
  'A Lithuanian personal code is eleven digits and does not begin with 0':
    'Un code personnel lituanien compte onze chiffres et ne commence pas par 0',
  'Digits 2 to 7 of A Lithuanian personal code are a birth date, and this day does not exist; copy it again':
    'Les chiffres 2 à 7 d’un code personnel lituanien sont une date de naissance, et ce jour n’existe pas ; recopiez-le',
  'The first digit of A Lithuanian personal code stands for a century that is not in use':
    'Le premier chiffre d’un code personnel lituanien désigne un siècle qui n’est pas en usage',
  'The last digit of A Lithuanian personal code does not agree with the rest (mod 11); copy it again':
    'Le dernier chiffre d’un code personnel lituanien ne concorde pas avec le reste (mod 11) ; recopiez-le',
  'An Estonian personal code is eleven digits and does not begin with 0':
    'Un code personnel estonien compte onze chiffres et ne commence pas par 0',
  'Digits 2 to 7 of An Estonian personal code are a birth date, and this day does not exist; copy it again':
    'Les chiffres 2 à 7 d’un code personnel estonien sont une date de naissance, et ce jour n’existe pas ; recopiez-le',
  'The first digit of An Estonian personal code stands for a century that is not in use':
    'Le premier chiffre d’un code personnel estonien désigne un siècle qui n’est pas en usage',
  'The last digit of An Estonian personal code does not agree with the rest (mod 11); copy it again':
    'Le dernier chiffre d’un code personnel estonien ne concorde pas avec le reste (mod 11) ; recopiez-le',
  'A job-seeker number is 1 to 30 capitals, digits, hyphens or slashes':
    'Un numéro de demandeur d’emploi compte de 1 à 30 majuscules, chiffres, traits d’union ou barres obliques',
  'A passport needs the country that issued it: numbers repeat between countries':
    'Un passeport demande le pays qui l’a délivré : les numéros se répètent d’un pays à l’autre',
  'A passport number is six to nine capitals or digits, without blanks':
    'Un numéro de passeport compte de six à neuf majuscules ou chiffres, sans espaces',
  'The code of a collective agreement is fourteen digits': 'Le code d’une convention collective compte quatorze chiffres',
  'The number of a visa sticker is six to twelve capitals or digits':
    'Le numéro d’une vignette de visa compte de six à douze majuscules ou chiffres',
  'The support number of a TIE is E or C and eight digits': 'Le numéro de support d’une TIE se compose de E ou C et de huit chiffres',
  'A document cannot supersede itself': 'Un document ne peut pas se remplacer lui-même',
  'The document expires before it was issued; exchange or correct the dates':
    'Le document expire avant d’avoir été délivré ; échangez ou corrigez les dates',
  'The day of the birth date does not exist in that month': 'Le jour de la date de naissance n’existe pas dans ce mois',
  'The month of the birth date is not 01 to 12': 'Le mois de la date de naissance n’est pas compris entre 01 et 12',
  'Write the birth date as 1989-03-15, or 1975-03-XX or 1975-XX-XX where day or month are unknown':
    'Écrivez la date de naissance sous la forme 1989-03-15, ou sous la forme 1975-03-XX ou 1975-XX-XX si le jour ou le mois est inconnu',
  'The period ends before it starts': 'La période finit avant de commencer',
  'The ship arrives before it departs; check the offsets of both times':
    'Le navire arrive avant de partir ; vérifiez le décalage horaire des deux heures',
  'Write a date and time with its offset, as 2026-01-12T08:30:00+01:00':
    'Écrivez une date et une heure avec le décalage horaire, par exemple 2026-01-12T08:30:00+01:00',
  'Write a date from 1900 to 2199; where there is no end, leave it out':
    'Écrivez une date entre 1900 et 2199 ; s’il n’y a pas de fin, supprimez-la',
  'Write a day as YYYY-MM-DD, or a date and time with its offset':
    'Écrivez un jour sous la forme AAAA-MM-JJ, ou une date et une heure avec le décalage horaire',
  'Write a day that exists as YYYY-MM-DD': 'Écrivez un jour qui existe, sous la forme AAAA-MM-JJ',
  'Write a UUID in lower case': 'Écrivez un UUID en minuscules',
  'Write an ISO 3166-2 code, as MA-KEN': 'Écrivez un code ISO 3166-2, par exemple MA-KEN',
  'Write an amount with two decimals, as 41.00': 'Écrivez un montant à deux décimales, par exemple 41.00',
  'Write an upper-case word': 'Écrivez un mot en majuscules',
  'Write it without control characters and without halves of surrogate pairs.':
    'Écrivez-le sans caractères de contrôle ni moitiés de paires de substitution.',
  'Write the INE code of the autonomous community, two digits': 'Écrivez le code INE de la communauté autonome, deux chiffres',
  'Write the INE code of the municipality, five digits, as 21050': 'Écrivez le code INE de la commune, cinq chiffres, par exemple 21050',
  'Write the ISO 3166-1 alpha-3 code of a country, as MAR': 'Écrivez le code ISO 3166-1 alpha-3 d’un pays, par exemple MAR',
  'Write the SHA-256 digest as 64 lower-case hexadecimal digits': 'Écrivez l’empreinte SHA-256 en 64 chiffres hexadécimaux minuscules',
  'Write the UN/LOCODE of a port, as MATNG': 'Écrivez le code UN/LOCODE d’un port, par exemple MATNG',
  'Write the activity as a four-digit NACE or CNAE code, as 01.25':
    'Écrivez l’activité par un code NACE ou CNAE à quatre chiffres, par exemple 01.25',
  'Write the agency as ANP-KEN-01': 'Écrivez l’agence sous la forme ANP-KEN-01',
  'Write the code as its scheme has it: four digits in CNO-11 and ISCO-08, a letter and digits in ROME-MA':
    'Écrivez le code selon sa nomenclature : quatre chiffres en CNO-11 et ISCO-08, une lettre et des chiffres en ROME-MA',
  'Write the language as an ISO 639 code, as es': 'Écrivez la langue par un code ISO 639, par exemple es',
  'Write the name as the machine-readable zone has it: capitals, < for a blank, << before the given names':
    'Écrivez le nom comme dans la zone de lecture automatique : majuscules, < pour un espace, << avant les prénoms',
  'Write the name in Arabic letters': 'Écrivez le nom en lettres arabes',
  "Write the name in Latin letters with blanks, hyphens or apostrophes, as the passport's visual zone has it":
    'Écrivez le nom en lettres latines avec espaces, traits d’union ou apostrophes, comme dans la zone visuelle du passeport',
  'Write the order as ISM/1547/2025': 'Écrivez l’arrêté sous la forme ISM/1547/2025',
  'Write the phone number in E.164 form, as +212600000000': 'Écrivez le numéro de téléphone au format E.164, par exemple +212600000000',
  'Write the sex as ISO/IEC 5218: 0, 1, 2 or 9': 'Écrivez le sexe selon ISO/IEC 5218 : 0, 1, 2 ou 9',
  'Write visible ASCII characters without blanks': 'Écrivez des caractères ASCII visibles, sans espaces',
  'Write visible text without control or direction characters and without blanks at the ends':
    'Écrivez un texte visible, sans caractères de contrôle ni de direction et sans espaces aux extrémités',
  'Name at least one member that changes': 'Indiquez au moins un membre qui change',
  'This is the gateway’s to say, and follows from the events: leave it out':
    'Cela revient à la passerelle et découle des événements : supprimez-le',
  'A patch does not change this. It is changed by telling an event: {types}':
    'Une modification partielle ne change pas ceci. Transmettez un événement : {types}',
  'This cannot be taken away: send what it should be instead': 'Ceci ne peut pas être retiré : envoyez la valeur qui doit le remplacer',
  'Write a whole number from 0 to 720': 'Écrivez un nombre entier de 0 à 720',
  'Write a whole number from 2000 to 2100': 'Écrivez un nombre entier de 2000 à 2100'
}
