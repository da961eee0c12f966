"""Natural persons among suppliers: a letter more is another person, where it is a slip in a company's name. Pure."""

from collections.abc import Sequence


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


TITLES = _set("m mr mme mlle monsieur madame mademoiselle dr docteur pr professeur maitre me")
GIVEN_NAMES = _set(
    """
    adam adele adeline adrien agathe agnes aime alain albert alex alexandra alexandre alexia alexis alfred alice
    aline alix amandine amelie anais andre andrea andree ange angele angelique anita anna anne annick annie
    anthony antoine antoinette ariane armand armelle arnaud arthur aude audrey aurelie aurelien aurore axel
    axelle aymeric baptiste barbara bastien beatrice benedicte benjamin benoit bernadette bernard bernardette
    berthe bertrand blanche boris brice brigitte bruno camille carine carole caroline cassandra catherine cecile
    cedric celestine celia celine chantal charlene charles charlotte chloe christelle christian christiane
    christine christophe claire clara clarisse claude claudette claudie claudine clemence clement colette
    coralie corentin corinne cyril cyrille damien daniel daniele danielle david deborah delphine denis denise
    didier dimitri dominique dorian dorothee edith edouard eliane elie eliette elisabeth elise elodie eloise
    elsa emeline emile emilie emilien emma emmanuel emmanuelle eric erwan esther etienne eugene eugenie eva eve
    evelyne fabien fabienne fabrice fanny felix fernand flavie flora florence florent florian france francine
    francis franck francois francoise fred frederic frederique gabriel gabrielle gael gaelle gaetan gaston
    genevieve geoffroy georges georgette gerald geraldine gerard germaine ghislain ghislaine gilbert gilberte
    gilles ginette gisele gladys gregoire gregory guillaume gustave guy gwenaelle helene henri henriette herve
    hubert hugo hugues ines irene isaac isabelle ivan jacqueline jacques jean jeanine jeanne jeannine jennifer
    jeremie jeremy jerome jessica joel joelle johanna jonathan jordan jose joseph josephine josette josiane
    josselin judith jules julia julie julien juliette justine karim karine katia kevin laetitia lara laura laure
    laurence laurent laurie lea leila leo leon leonie leslie lilian liliane lina linda lionel lisa lise loic
    lola louis louise luc lucas lucette lucie lucien lucienne ludivine ludovic lydia lydie lyliane mael maeva
    magali maite manon manuel marc marcel marceline marcelle margaux margot marguerite maria marianne marie
    marielle marine marion marius marjorie marlene marthe martial martin martine mathias mathieu mathilde
    matthieu maud maurice max maxence maxime melanie melissa michael michel michele micheline michelle mickael
    mireille mohamed monique morgan morgane muriel myriam nadege nadia nadine nathalie nathan nicolas nicole
    nina noel noelle noemie norbert odette odile olga olivia olivier oscar pascal pascale pascaline patrice
    patricia patrick paul paule paulette pauline perrine philippe pierre pierrette pierrick quentin rachel
    rachid raoul raphael raymond raymonde rebecca regine regis remi remy rene renee richard robert roberte roger
    roland rolande romain romane rose roselyne roxane sabine sabrina sacha salome samuel sandra sandrine sarah
    sebastien serge severine simon simone solange solene sophie stanislas stephane stephanie suzanne suzie
    sylvain sylvaine sylvestre sylvette sylvia sylviane sylvie tanguy tatiana teddy theo theodore therese
    thibaud thibault thierry thomas tiffany tristan ugo ulysse valentin valentine valerie vanessa veronique
    victoire victor vincent violette virginie viviane vivien wilfried william xavier yann yannick yasmine yoann
    yohan yolande yves yvette yvonne zoe
    """
)
LONGEST_NAME = 4  # words


def is_person(words: Sequence[str]) -> bool:
    """Return whether folded words name a person: a title first, or a given name among two to four words of letters.

    >>> is_person(["bernard", "michel"]), is_person(["mme", "roussel"]), is_person(["linge", "vert"])
    (True, True, False)
    """
    if not 2 <= len(words) <= LONGEST_NAME or not all(word.isalpha() for word in words):
        return False
    return words[0] in TITLES or any(word in GIVEN_NAMES for word in words)
