"""The look of the templates: page, fonts, colours, styles, numbering of articles."""

from docx import Document
from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

FONT = "Arial"
INK = "1B2A41"
ACCENT = "0B5C7A"
PALE = "E8F1F5"
RULE = "B8C7D1"
GREY = "5B6770"
KEPT_STYLES = {
    "Normal", "Header", "Footer", "Heading 1", "Heading 2", "Heading 3", "Title", "Subtitle", "List Bullet",
    "Default Paragraph Font", "Normal Table", "Table Grid", "No List",
}  # fmt: skip
NUMBERING = {
    "article": ("Article %1 – ", "%1.%2 "),
    "chapter": ("%1. ", "%1.%2 "),
    "none": ("", ""),
}


def new_document(headings: str, *, landscape: bool = False) -> Word:
    """Return an empty A4 document with the styles of the product."""
    document = Document()
    _page(document, landscape=landscape)
    _drop_styles(document)
    _text_styles(document)
    _heading_styles(document)
    _number(document, *NUMBERING[headings])
    return document


def tighten(document: Word) -> None:
    """Bring letters and acts closer to one page."""
    document.sections[0].top_margin = Cm(1.7)
    document.styles["Heading 1"].paragraph_format.space_before = Pt(9)
    document.styles["Heading 1"].paragraph_format.space_after = Pt(3)
    document.styles["Heading 1"].font.size = Pt(11.5)


def _page(document: Word, *, landscape: bool) -> None:
    section = document.sections[0]
    sides = (Cm(29.7), Cm(21.0)) if landscape else (Cm(21.0), Cm(29.7))
    section.page_width, section.page_height = sides
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin, section.bottom_margin = Cm(2.4), Cm(2.2)
    section.header_distance, section.footer_distance = Cm(1.1), Cm(1.0)
    if landscape:
        section._sectPr.find(qn("w:pgSz")).set(qn("w:orient"), "landscape")


def _drop_styles(document: Word) -> None:
    """Remove the styles of the default file that nothing uses: a lighter file, a shorter list for the reader."""
    for style in list(document.styles):
        if style.name not in KEPT_STYLES:
            style.element.getparent().remove(style.element)


def font(
    style: object, size: float, *, colour: str = "222222", bold: bool = False, italic: bool = False
) -> None:
    """Give a style its font, for every script."""
    style.font.name, style.font.size, style.font.bold, style.font.italic = FONT, Pt(size), bold, italic
    style.font.color.rgb = RGBColor.from_string(colour)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if "heme" in name:
            del fonts.attrib[name]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)


def spacing(style: object, before: float, after: float, line: float = 1.1, *, keep: bool = False) -> None:
    """Give a style its spacing in points."""
    shape = style.paragraph_format
    shape.space_before, shape.space_after, shape.line_spacing = Pt(before), Pt(after), line
    shape.keep_with_next, shape.widow_control = keep, True


def _new(document: Word, name: str, parent: str = "Normal") -> object:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles[parent]
    return style


def _text_styles(document: Word) -> None:
    normal = document.styles["Normal"]
    font(normal, 10)
    spacing(normal, 0, 5, 1.12)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "fr-FR")
    normal.element.get_or_add_rPr().append(language)
    for name, size, colour, italic in (("Note", 8, GREY, True), ("Tableau", 9, "222222", False)):
        style = _new(document, name)
        font(style, size, colour=colour, italic=italic)
        spacing(style, 1.5, 1.5, 1.05)
    spacing(document.styles["Note"], 0, 7, 1.05)
    heading = _new(document, "Tableau entête", "Tableau")
    font(heading, 9, colour="FFFFFF", bold=True)
    spacing(heading, 2, 2, 1.05, keep=True)
    frame = _new(document, "Encadré")
    font(frame, 9.5, colour=INK)
    spacing(frame, 6, 8, 1.1)
    frame.element.get_or_add_pPr().append(_box())
    act = _new(document, "Titre d’acte")
    font(act, 15, colour=INK, bold=True)
    spacing(act, 4, 10, 1.05, keep=True)
    right = _new(document, "À droite")
    font(right, 10)
    spacing(right, 3, 3)
    right.paragraph_format.left_indent = Cm(8.8)
    bullet = document.styles["List Bullet"]
    font(bullet, 10)
    spacing(bullet, 0, 3, 1.1)
    for name in ("Header", "Footer"):
        font(document.styles[name], 8, colour=GREY)
        spacing(document.styles[name], 0, 0, 1.0)
    entry = _new(document, "Sommaire")
    font(entry, 9.5, colour=INK)
    spacing(entry, 1, 1.5, 1.0)


def _box() -> object:
    return parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:left w:val="single" w:sz="24" w:space="8" w:color="{ACCENT}"/></w:pBdr>'
    )


def _heading_styles(document: Word) -> None:
    for name, size, colour, before, after in (
        ("Heading 1", 12.5, ACCENT, 16, 5),
        ("Heading 2", 10.5, INK, 9, 3),
        ("Heading 3", 10, INK, 7, 2),
        ("Title", 22, INK, 0, 6),
        ("Subtitle", 13, ACCENT, 0, 6),
    ):
        style = document.styles[name]
        font(style, size, colour=colour, bold=name != "Subtitle")
        spacing(style, before, after, 1.05, keep=True)
    for name in ("Title", "Subtitle"):
        properties = document.styles[name].element.pPr
        for border in properties.findall(qn("w:pBdr")):
            properties.remove(border)
        document.styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT


def _number(document: Word, first: str, second: str) -> None:
    """Number the two first levels of headings with Word's own numbering."""
    if not first:
        return
    root = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading{level + 1}"/>'
        f'<w:suff w:val="nothing"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl>'
        for level, text in enumerate((first.replace(" ", "\u00a0"), second.replace(" ", "\u00a0")))
    )
    abstract = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
    )
    number = parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>')
    root.insert(0, abstract)
    root.append(number)
    for level in (0, 1):
        properties = document.styles[f"Heading {level + 1}"].element.get_or_add_pPr()
        properties.append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="90"/></w:numPr>')
        )
