"""Small marks of Word that python-docx does not draw: shading, rules, fields."""

import looks
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.text.paragraph import Paragraph


def shade(cell: object, colour: str) -> None:
    """Fill a cell with a colour."""
    properties = cell._tc.get_or_add_tcPr()
    properties.append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{colour}"/>'))


def rule(paragraph: Paragraph, side: str) -> None:
    """Draw a thin rule along a paragraph."""
    border = f'<w:{side} w:val="single" w:sz="6" w:space="4" w:color="{looks.RULE}"/>'
    paragraph._p.get_or_add_pPr().append(parse_xml(f"<w:pBdr {nsdecls('w')}>{border}</w:pBdr>"))


def page_field(paragraph: Paragraph, name: str) -> None:
    """Write a field that Word computes."""
    field = parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>')
    paragraph._p.append(field)
