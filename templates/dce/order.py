"""Puts the properties of WordprocessingML in the order that its schema wants: Word refuses some files otherwise."""

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ORDERS = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs"
    " suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd"
    " snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment"
    " textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid"
    " vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em"
    " lang eastAsianLayout specVanish oMath",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing"
    " tblInd tblBorders shd tblLayout tblCellMar tblLook",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
}
RANKS = {
    W + name: {W + child: rank for rank, child in enumerate(order.split())} for name, order in ORDERS.items()
}


def ordered(part: str, content: bytes) -> bytes:
    """Return a Word part with its properties in order; other parts are left alone."""
    if not part.startswith("word/") or not part.endswith(".xml") or b"wordprocessingml" not in content:
        return content
    root = etree.fromstring(content)
    for name, ranks in RANKS.items():
        for properties in root.iter(name):
            properties[:] = sorted(properties, key=lambda child: ranks.get(child.tag, len(ranks)))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
