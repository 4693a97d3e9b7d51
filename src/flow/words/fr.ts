// What is said of a file of many events and of its rows, in French.
import type { Translation } from '../../domain/words/said.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  'row-too-long': 'Une ligne compte au plus {max} octets : raccourcissez-la.',
  'row-quote-open': 'Un guillemet de cette ligne n’est pas fermé : fermez-le, et doublez tout guillemet à l’intérieur d’une cellule.',
  'row-quote':
    'Un guillemet de cette ligne est mal placé : mettez toute la cellule entre guillemets et doublez tout guillemet qu’elle contient.',
  'row-utf8': 'La ligne n’est pas en UTF-8 : enregistrez le fichier en UTF-8 (dans un tableur : « CSV UTF-8 »).',
  'row-zip':
    'C’est un fichier ZIP, comme le sont les classeurs : envoyez un .xlsx avec le Content-Type application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.',
  'row-columns':
    'L’en-tête nomme {columns} colonnes et cette ligne en compte {cells} : mettez entre guillemets les cellules qui contiennent une virgule.',
  'row-json': 'Le texte de la ligne n’est pas recevable : {fault}. Écrivez un objet JSON par ligne.',
  'row-no-object': 'La ligne est du JSON, mais pas un objet : écrivez un objet JSON par ligne.',
  'row-about': '{type} concerne « {member} » : ajoutez ce membre.',
  'row-about-alone': '{type} concerne uniquement « {member} » : supprimez l’autre membre.',
  'row-changed':
    'Cette ligne a déjà été reçue avec un autre contenu : envoyez le changement comme un événement distinct (person.corrected, document.renewed).',
  'row-ours': 'Cet événement est créé par la passerelle elle-même : supprimez la ligne.',
  'row-not-yet': 'L’événement prend effet dans le futur : envoyez-le lorsqu’il aura eu lieu.',
  'row-failed': 'La passerelle a échoué sur cette ligne : renvoyez le fichier et, si l’échec se répète, adressez-vous à l’opérateur.',
  'row-more': '{reason} (autres erreurs dans cette ligne : {count})',
  'row-reason-gone': 'Le libellé du motif n’est plus conservé : renvoyez la ligne pour l’obtenir à nouveau.',

  'cell-nameless': 'La colonne de la cellule {cell} n’a pas de nom : donnez-lui un nom à la ligne 1, ou videz la cellule.',
  'cell-half': 'La cellule {cell} contient une moitié de caractère : ressaisissez-la.',
  'cell-formula': 'La cellule {cell} contient une formule : copiez la colonne et collez-la en valeurs.',
  'cell-error': 'La cellule {cell} affiche une erreur du tableur : saisissez la donnée attendue.',
  'cell-boolean': 'La cellule {cell} vaut VRAI ou FAUX : mettez la colonne au format texte et saisissez la donnée attendue.',
  'cell-number-in-text':
    'La cellule {cell} est un nombre dans une colonne de texte : mettez la colonne au format texte et ressaisissez la cellule ; le tableur a supprimé les zéros de tête.',
  'cell-date-in-numbers':
    'La cellule {cell} est une date dans une colonne de nombres : mettez la colonne au format nombre et ressaisissez la cellule.',
  'cell-date-in-text':
    'La cellule {cell} est une date dans une colonne de texte : mettez la colonne au format texte et ressaisissez la cellule.',
  'cell-time':
    'La cellule {cell} comporte une heure : indiquez le jour seul ; une date avec heure s’écrit en texte, avec son décalage horaire, par exemple 2026-01-05T09:30:00+01:00.',
  'cell-date-part':
    'La cellule {cell} n’affiche pas la date entière : mettez la colonne au format jj/mm/aaaa, vérifiez les jours et les siècles, puis renvoyez le fichier.',
  'cell-number-in-dates':
    'La cellule {cell} est un nombre dans une colonne de dates : mettez la colonne au format texte et écrivez la date sous la forme 1989-03-15.',
  'cell-date-range':
    'La cellule {cell} est antérieure au 1er mars 1900, ou n’est pas une date : mettez la colonne au format texte et écrivez la date sous la forme 1989-03-15.',
  'cell-no-date': 'La cellule {cell} n’est pas une date : mettez la colonne au format texte et écrivez la date sous la forme 1989-03-15.',
  'cell-number-shown':
    'La cellule {cell} affiche un autre nombre que celui qu’elle contient : mettez la colonne au format nombre et vérifiez la cellule.',
  'cell-fraction': 'La cellule {cell} n’est pas un nombre entier : écrivez-en un.',

  'header-empty': 'le fichier est vide : sa première ligne doit nommer les colonnes',
  'header-unread': 'la première ligne doit nommer les colonnes. {reason}',
  'header-columns':
    'la première ligne doit nommer les colonnes d’un fichier d’inscriptions (la liste est dans /docs et samples/README.md) : voir « errors »',
  'header-commas':
    'la première ligne doit nommer les colonnes d’un fichier d’inscriptions (la liste est dans /docs et samples/README.md) : voir « errors ». Les colonnes semblent séparées autrement : séparez-les par des virgules',
  'column-missing': 'Cette colonne manque : ajoutez-la',
  'column-twice': 'Cette colonne figure deux fois : supprimez-en une',
  'column-unknown': 'Cette colonne n’est pas connue ici : supprimez-la ou corrigez son nom',

  'rows-too-many': 'un fichier compte au plus {max} lignes : celles-ci ont été lues, envoyez le reste dans un autre fichier',
  'file-cut': 'le fichier n’est pas arrivé jusqu’au bout ; renvoyez-le',
  'file-silent': 'la passerelle s’est arrêtée pendant la lecture du fichier ; renvoyez-le',
  'file-reason-gone': 'le libellé du motif n’est plus conservé : renvoyez le fichier pour l’obtenir à nouveau',
  'file-stopping': 'la passerelle est en train de s’arrêter : renvoyez le fichier dans un instant',
  'file-too-long': 'un fichier compte au plus {mib} Mio : envoyez-le en plusieurs fois',
  'file-pause': 'rien n’est arrivé pendant {seconds} s : renvoyez le fichier, sans pauses',
  'file-broken-off': 'la connexion a été coupée : renvoyez le fichier',
  'sheets-busy': 'la passerelle lit d’autres classeurs : renvoyez le fichier dans un instant, ou au format CSV',

  'sheet-doctype': 'le fichier contient un DOCTYPE, qu’aucun tableur n’écrit : enregistrez-le de nouveau avec un tableur',
  'sheet-instruction':
    'le fichier contient une instruction de traitement, qu’aucun tableur n’écrit : enregistrez-le de nouveau avec un tableur',
  'sheet-none': 'le classeur n’a aucune feuille : mettez-y la liste sur une feuille',
  'sheet-empty': 'le classeur est vide : la première ligne de sa feuille doit nommer les colonnes',
  'sheet-hidden':
    'la feuille {place} du classeur est masquée et contient des données : supprimez-la, ou affichez-la et vérifiez son contenu',
  'sheets-two': 'les feuilles {one} et {other} du classeur contiennent toutes deux des données : ne gardez que la liste dans le classeur',
  'sheet-row-one': 'la ligne 1 de la feuille est vide : elle doit nommer les colonnes, et la liste vient au-dessous',
  'sheet-column-nameless': 'la cellule {cell} ne nomme aucune colonne : nommez-la, ou supprimez la colonne',
  'sheet-name-no-text': 'la cellule {cell} n’est pas du texte : la ligne 1 doit nommer les colonnes',
  'sheet-row-hidden':
    'la ligne {row} est masquée : affichez toutes les lignes (retirez les filtres et développez les groupes), vérifiez-les et renvoyez le fichier',
  'sheet-column-hidden':
    'la colonne {column} est masquée et contient des données : affichez toutes les colonnes, vérifiez-les et renvoyez le fichier',
  'sheet-merged':
    'les cellules {cells} sont fusionnées : annulez la fusion, écrivez dans chaque cellule ce qui lui revient et renvoyez le fichier',

  'other-format': '{what} : enregistrez-le comme classeur .xlsx ordinaire, sans mot de passe ni macros, et envoyez celui-ci',
  'other-xls': 'le fichier est un ancien .xls, ou a un mot de passe',
  'other-password': 'le fichier a un mot de passe',
  'other-ods': 'le fichier est un OpenDocument (.ods)',
  'other-xlsb': 'le fichier est un classeur binaire (.xlsb)',
  'other-macros': 'le fichier contient des macros (.xlsm)',
  'other-no-workbook': 'le fichier n’est pas un classeur',
  'other-sheet': 'le fichier contient un programme ou un formulaire à la feuille {place}',

  'too-much': '{what} : supprimez ce qui ne fait pas partie de la liste, ou envoyez-la en plusieurs fois',
  'much-time': 'la lecture du classeur dure plus de {seconds} s',
  'much-memory': 'le classeur demande plus de mémoire que nous n’en accordons',
  'much-relations': 'le fichier a trop de relations',
  'much-sheets': 'le classeur a plus de {max} feuilles',
  'much-rows': 'un fichier compte au plus {max} lignes, et la feuille en a davantage',
  'much-row': 'la ligne {row} contient plus de {max} caractères',
  'much-kept-rows': 'le fichier contient plus de lignes que nous n’en gardons',
  'much-kept-texts': 'le fichier contient plus de textes que nous n’en gardons',
  'much-number-formats': 'le fichier a trop de formats de nombre',
  'much-cell-formats': 'le fichier a trop de formats de cellule',
  'much-parts': 'le fichier a plus de {max} parties',
  'much-growth': 'une partie du fichier atteint à l’ouverture plus de {max} fois sa taille',
  'much-part': 'une partie du fichier dépasse {mib} Mio à l’ouverture',
  'much-merged': 'la feuille a trop de cellules fusionnées',

  damaged: 'le fichier est endommagé ({what}) : ouvrez-le, enregistrez-le de nouveau en .xlsx et envoyez celui-ci',
  'damage-head': 'il ne commence pas comme un classeur',
  'damage-arrival': 'son répertoire est illisible ; est-il arrivé en entier ?',
  'damage-directory': 'son répertoire est illisible',
  'damage-contradiction': 'son répertoire contredit ses parties',
  'damage-overlap': 'deux de ses parties se chevauchent',
  'damage-part-twice': 'il contient deux fois la même partie',
  'damage-part-missing': 'une partie manque',
  'damage-part-closed': 'une de ses parties ne s’ouvre pas',
  'damage-checksum': 'la somme de contrôle d’une partie n’est pas celle du répertoire',
  'damage-compression': 'sa compression est inhabituelle',
  'damage-xml': 'une partie n’est pas du XML bien formé',
  'damage-utf8': 'une partie n’est pas en UTF-8',
  'damage-endless': 'une balise ou un texte n’y finit pas',
  'damage-depth': 'ses éléments sont imbriqués sur plus de {max} niveaux',
  'damage-twice': 'il contient deux fois ce qu’il ne peut contenir qu’une fois',
  'damage-language': 'une partie n’est dans aucun langage de classeur',
  'damage-element': 'il contient un élément inattendu à cet endroit',
  'damage-workbook': 'il ne désigne aucun classeur',
  'damage-sheet': 'une feuille manque',
  'damage-sheets-one': 'deux feuilles n’en font qu’une',
  'damage-two-parts': 'deux parties pour « {kind} »',
  'damage-text-long': 'un texte dépasse les {max} caractères qu’une cellule peut contenir',
  'damage-text-missing': 'une cellule renvoie à un texte absent',
  'damage-order': 'ses parties ne sont pas dans l’ordre',
  'damage-cells': 'les cellules de la ligne {row} ne sont pas dans l’ordre',
  'damage-rows': 'ses lignes ne sont pas dans l’ordre',
  'damage-two-values': 'une cellule contient deux valeurs',
  'damage-cell-long': 'une cellule contient plus qu’une cellule ne peut contenir',
  'damage-cell-kind': 'il contient une cellule d’un genre inconnu',
  'damage-columns': 'il a des colonnes qu’une feuille ne peut pas avoir',
  'damage-merged': 'ses cellules fusionnées ne sont pas désignées'
}
