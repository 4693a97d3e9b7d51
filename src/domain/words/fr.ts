// What the rules and the intake tell a sender, in French.
import type { en } from './en.ts'
import type { Translation } from './said.ts'

export const fr: Translation<typeof en> = {
  'worker-charge':
    '{pointer} : ces frais ne peuvent pas être mis à la charge du travailleur ({law}). Faites-les payer par l’employeur et renvoyez l’événement.',
  'nie-check': 'La lettre de contrôle d’un NIE est inexacte. Relisez-la sur la décision et renvoyez cette ligne.',
  'birth-date-future':
    'La date de naissance est postérieure au {day}, date d’effet de l’événement. Relisez-la sur le document et renvoyez l’événement.',
  'passport-expiry':
    'Le passeport expire avant le {day}, première date admise pour ce dépôt ({law}). Faites-le renouveler, envoyez document.renewed, puis demandez de nouveau le visa.',
  'under-age':
    'Il n’est pas certain que le travailleur ait {years} ans révolus le {day}, au début du travail (L5). Proposez un autre travailleur ou un début plus tardif.',
  'under-age-perhaps':
    'Il n’est pas certain que le travailleur ait {years} ans révolus le {day}, au début du travail (L5). Le jour ou le mois de naissance manque ; c’est donc la date la plus tardive qui compte : une date complète peut lever le doute. Proposez un autre travailleur ou un début plus tardif.',
  'nine-month-cap': 'Le travail ne peut pas durer au-delà du {day}, neuf mois après son début ({law}). Raccourcissez la période.',

  L13: 'RD 1155/2024, art. 113.2 ; loi organique 4/2000, art. 46.2',
  'L4-RD557': 'RD 557/2011, art. 174.1.a, dans la rédaction du RD 629/2022',
  'L4-RD1155': 'RD 1155/2024, art. 38.d',
  'L2-R1': 'RD 557/2011, art. 98.3, dans sa rédaction d’origine : douze mois quelconques',
  'L2-R2': 'RD 557/2011, art. 167.3, dans la rédaction du RD 629/2022 : « en un an »',
  'L2-R3': 'RD 1155/2024, art. 101.1, 106.2, 110.4 et 111 : année civile',

  'which-authorization':
    'cette personne n’a ici aucune autorisation, ou en a plusieurs : indiquez l’employeur dans authorization.scope.employerCif',
  'person-erased':
    'les données de cette personne ont été effacées : n’envoyez plus rien à son sujet. Si elle revient, inscrivez-la à nouveau',
  'person-blocked':
    'les données de cette personne sont bloquées et ne peuvent pas être utilisées : adressez-vous à l’opérateur. Si elle revient, inscrivez-la à nouveau',

  'client-gone': 'ce client n’est plus enregistré : adressez-vous à l’opérateur',
  'type-not-granted': 'ce client ne peut pas transmettre d’événements de ce type : adressez-vous à l’opérateur',
  'another-agency': 'ce client agit pour une autre agence que celle indiquée dans l’inscription',

  'change-outdated': 'le dossier n’est plus dans la version sur laquelle porte la modification',
  'change-not-there': 'ce client n’a plus accès au dossier',
  'change-too-late': 'dans l’état {state}, plus rien de cela ne se modifie, ou pas encore',
  'change-overruled':
    'un fait qui prend effet plus tard dit autre chose : transmettez la correction comme un événement, avec la date à partir de laquelle elle vaut',
  'change-not-own': 'cela a été transmis par un autre client, seul autorisé à le modifier : adressez-vous à lui',
  'identifiers-stay': 'Un numéro déjà transmis est conservé. Indiquez la liste entière : ceux que vous voyez et ceux que vous ajoutez',
  'reads-no-records': 'un client ayant le rôle {role} ne lit pas de dossiers : adressez-vous à l’opérateur',
  'reads-no-offers': 'un client ayant le rôle {role} ne lit pas d’offres : adressez-vous à l’opérateur',
  'cursor-foreign': 'le curseur n’est pas de cette liste : recommencez sans lui',

  'intake-full': 'la réception est saturée ; réessayez dans quelques secondes',
  'log-behind': 'le journal des preuves est en retard et plus rien n’est reçu : renvoyez plus tard',
  'leaf-uncovered': 'le journal des preuves ne couvre pas encore cela : redemandez plus tard',
  'database-unreachable': 'La base de données est injoignable.',
  'database-lost': 'La connexion à la base de données a été perdue.',
  'database-restarts': 'La base de données démarre ou s’arrête.',
  'database-connections': 'La base de données n’a plus de connexion libre.',
  'database-room': 'La base de données manque d’espace disque ou de mémoire.',
  'database-slow': 'La base de données a mis trop de temps et l’instruction a été annulée.',
  'row-locked': 'Une ligne est restée verrouillée trop longtemps.',
  'transaction-slow': 'Une transaction a duré trop longtemps et a été interrompue.'
}
