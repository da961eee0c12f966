"""Giving back the letters lost when a file was read with the wrong encoding (U+FFFD). Pure.

A word is given back only when one known word fits its intact letters; nothing is invented.
"""

import re
from collections.abc import Iterable

LOST = "\ufffd"
ACCENTED = "àâäçéèêëîïôöùûüÿœæñ"
WORD = re.compile(rf"[\w{LOST}]+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


KNOWN_WORDS = _set(
    """
    accessibilité accès activité amélioration améliorer aménagement années après ardèche associé
    associée auprès aéronautique biomédical biomédicale biomédicaux bât bâtiment bénéficiaire capacité
    cathéter catégorie château chèque clairière clé coordonné corrèze coût création câblage câbles
    céramique côte destiné destinée distribué distribuée diététique drôme dès décennale déchet
    décontamination dédié dédiée définition dématérialisation dématérialisée démolition démontage
    déneigement dépannage département départemental dépistage déploiement désamiantage désinfectant
    désinfection détachées détecteurs détection détergent développement exploité exploitée externalisé
    externalisée exécution façonnage fenêtre fidélisation finistère fluidité forêt février glycémie
    génie général générale générateur généraux génétique gériatrie gériatrique gérontologie
    gérontologique hospitalière hygiène hébergement hémodialyse hémostase hépatique hérault hétérogène
    hôpital hôpitaux hôtel hôtellerie idées immobilière imprimé imprévus indépendant infirmière
    informatisé ingénierie intégration intégré intégrée intérieur intérieure intérim intérimaire isère
    libéraux lozère légumes marché matériau matériaux matériel maçonnerie maître maîtrise moléculaire
    mètre mécanique mécénat médecin médecine média médical médicale médicalisé médicament médicamenteux
    médicaux ménage ménagère métallique météo numérique numérisation négoce négociation négocié nîmes
    opération opérationnel opérationnelle opératoire orléans orthopédique ostéodensitomètre
    ostéosynthèse oxygène où partagé partagée personnalisé plâtrerie pressé privé privée procès
    procédure procédé progrès propreté propriété prothèse protégé près préfabriqué prélèvement
    préparation prés présence préventif prévention préventive prévoyance prêt péage pédagogique
    pédiatrie pédiatrique pédopsychiatrie pérennité périmètre périnatal périnatalité périphérique
    qualité radiothérapie relevé repérage responsabilité restauré rhône règlement réactif réalisation
    réalisé réanimation réception récupération rédaction réducteur réfection réfrigération réfrigéré
    référence référencement régie région régional régionale réglable réglementaire régulation
    réhabilitation rénovation réparation répondre réseau réseaux réservation résidence résidents
    résonance rétrocession réunion rééducation saône société soigné solidarité spectromètre spécialisé
    spécialisée spécialité spécifique stratégie structuré stérile stérilisateur stérilisation stérilité
    système sécurisation sécurisé sécurité séjour sélection séquenceur séquençage sérologie sûreté
    thérapeutique thérapie tomodensitomètre tracé traçabilité très trésorerie télécommunication
    télémédecine téléphone téléphonie téléphonique télésurveillance téléviseurs télévision tôlerie
    uniformité unité usagé usagée variété vendée vidéo vidéosurveillance véhicule vérification vétuste
    vêtement à âgées échographe échographie éclairage économie économique écran électricité électrique
    électrode électronique élimination élévateur émission énergie énergétique épargne équipe équipement
    établissement étage étanchéité étienne étude été évacuation évaluation évolutive évreux île œuvre
    """
)


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the intact accented words of a file, in lower case: its own vocabulary."""
    found = (word.lower() for text in texts for word in WORD.findall(text) if LOST not in word)
    return frozenset(word for word in found if any(letter in ACCENTED for letter in word))


def restored(text: str, vocabulary: frozenset[str] = frozenset()) -> str:
    """Return the text with each lost letter given back where only one known word fits, else with "?".

    >>> restored("R�novation de l'H�pital de jour � Trappes")
    "Rénovation de l'Hôpital de jour à Trappes"
    >>> restored("Soci�t� Xyl�phar")
    'Société Xyl?phar'
    """
    if LOST not in text:
        return text
    return WORD.sub(lambda found: _word(found[0], vocabulary), text)


def _word(word: str, vocabulary: frozenset[str]) -> str:
    if LOST not in word:
        return word
    lower = word.lower()
    fitting = _fitting(lower, vocabulary)
    if not fitting and lower.endswith("s"):
        fitting = {f"{known}s" for known in _fitting(lower[:-1], vocabulary)}
    if len(fitting) != 1:
        return word.replace(LOST, "?")
    return _in_case_of(word, fitting.pop())


def _fitting(word: str, vocabulary: frozenset[str]) -> set[str]:
    pattern = re.compile("".join(f"[{ACCENTED}]" if letter == LOST else letter for letter in word))
    return {known for known in KNOWN_WORDS | vocabulary if pattern.fullmatch(known)}


def _in_case_of(word: str, known: str) -> str:
    if word.replace(LOST, "").isupper() and len(word) > 2:
        return known.upper()
    first_is_upper = word[0].isupper() or (word[0] == LOST and len(word) > 2 and word[1].isupper())
    return known.capitalize() if first_is_upper else known
