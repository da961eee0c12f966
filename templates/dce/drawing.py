"""Draws a template: blocks, tables, cover, headers and footers, with python-docx."""

import io
import re
import zipfile
from collections.abc import Callable

import looks
from chart import add_chart
from docx.document import Document as Word
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from fronts import Fronts
from marks import shade
from order import ordered

from models.documents.consultation import TABLE_LAYOUTS
from tasks.documents.french import typography

TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})")
CONTROL = re.compile(r"^\{% ?(.*?) ?%\}$")
PREFIXES = {
    "# ": "Heading 1",
    "## ": "Heading 2",
    "### ": "Titre d’acte",
    "- ": "List Bullet",
    "! ": "Encadré",
    "> ": "Note",
    "~ ": "À droite",
}
DROPPED = re.compile(r"thumbnail|stylesWithEffects|customXml")
EPOCH = (1980, 1, 1, 0, 0, 0)
AMOUNTS = {(9, 47, 22, 22)}
ANSWER_HEIGHT = Cm(3.2)
WIDTHS = {2: [32, 68], 3: [34, 33, 33], 4: [25, 25, 25, 25], 5: [20, 20, 20, 20, 20]}


class Drawing(Fronts):
    """One template being drawn."""

    def __init__(self, properties: dict[str, str]) -> None:
        self.title = typography(properties["title"])
        self.layout = properties.get("layout", "piece")
        landscape = properties.get("orientation") == "landscape"
        self.document: Word = looks.new_document(properties.get("headings", "article"), landscape=landscape)
        if self.layout != "piece":
            looks.tighten(self.document)
        self.width = 25.3 if landscape else 16.6
        self.parts: dict[str, Callable[[], None]] = {
            "[cover]": self.cover,
            "[toc]": self.contents,
            "[articles]": self.articles,
            "[page]": self.page_break,
            "[chart]": lambda: add_chart(self.document, self.width),
            "[recipient]": self.recipient,
            "[signature]": self.signature,
            "[letterhead]": self.letterhead,
        }
        self.header_and_footer()

    def block(self, line: str) -> None:
        """Draw one line of the source."""
        if line in self.parts:
            self.parts[line]()
        elif control := CONTROL.match(line):
            self.document.add_paragraph("{%p " + control[1] + " %}")
        else:
            mark = line.split(" ", 1)[0] + " "
            style = PREFIXES.get(mark, "Normal")
            text = line[len(mark) :] if mark in PREFIXES else line
            self.write(self.document.add_paragraph(style=style), text)

    def write(self, paragraph: Paragraph, text: str, *, size: float | None = None, colour: str = "") -> None:
        """Write a text with its **bold** parts into a paragraph."""
        for position, piece in enumerate(text.split("**")):
            if piece:
                run = paragraph.add_run(piece)
                run.bold = True if position % 2 else None
                run.font.size = Pt(size) if size else None
                if colour:
                    run.font.color.rgb = RGBColor.from_string(colour)

    def table(self, lines: list[str]) -> None:
        """Draw a table: widths, heading row, rows, repeated rows."""
        shares, titled = [], None
        if lines[0].startswith("|="):
            words = lines.pop(0)[2:].split()
            titled = "h" in words
            shares = [int(word) for word in words if word != "h"]
        first = cells_of(lines[0])
        titled = len(first) > 2 if not titled else True
        table = self.new_table(shares or WIDTHS[len(first)])
        right = [cell.startswith(">") for cell in first]
        for rank, line in enumerate(lines):
            if line.startswith("|%"):
                tag = line[2:].strip().removesuffix("%").strip()
                self.fill_row(table.add_row(), ["{%tr " + tag + " %}"], [])
                continue
            row = table.add_row()
            self.fill_row(
                row, [cell.lstrip(">") for cell in cells_of(line)], right, heading=titled and rank == 0
            )
            if not titled:
                self.label(row.cells[0])
            if line.startswith("| Réponse"):
                row.height = ANSWER_HEIGHT
        if not any(line.startswith("|%") for line in lines):
            self.keep_together(table)
        self.after_table()

    def keep_together(self, table: object) -> None:
        """Keep the rows of a short table on one page."""
        for row in table.rows[:-1]:
            for cell in row.cells:
                cell.paragraphs[0].paragraph_format.keep_with_next = True

    def label(self, cell: object) -> None:
        """Give a cell the look of a label."""
        shade(cell, looks.PALE)
        for run in cell.paragraphs[0].runs:
            run.bold = True

    def after_table(self) -> None:
        """Leave a small space under a table."""
        space = self.document.add_paragraph()
        space.paragraph_format.space_after = Pt(0)
        space.paragraph_format.line_spacing = Pt(7)

    def new_table(self, shares: list[int]) -> object:
        """Return an empty table of fixed widths with light rules."""
        table = self.document.add_table(rows=0, cols=len(shares))
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        total = sum(shares)
        for column, share in zip(table.columns, shares, strict=True):
            column.width = Cm(self.width * share / total)
        properties = table._tbl.tblPr
        sides = "".join(
            f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{looks.RULE}"/>'
            for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        properties.append(parse_xml(f"<w:tblBorders {nsdecls('w')}>{sides}</w:tblBorders>"))
        properties.append(
            parse_xml(
                f'<w:tblCellMar {nsdecls("w")}><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar>'
            )
        )
        return table

    def fill_row(self, row: object, cells: list[str], right: list[bool], *, heading: bool = False) -> None:
        """Write a row; the heading row repeats on each page, no row is cut between two pages."""
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if heading:
            properties.append(OxmlElement("w:tblHeader"))
        for position, cell in enumerate(row.cells):
            text = cells[position] if position < len(cells) else ""
            paragraph = cell.paragraphs[0]
            paragraph.style = "Tableau entête" if heading else "Tableau"
            if position < len(right) and right[position]:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if heading:
                shade(cell, looks.ACCENT)
            self.write(paragraph, text)

    def contents(self) -> None:
        """Draw the table of contents: one line per article, which leads to it."""
        title = self.document.add_paragraph(style="Subtitle")
        self.write(title, "Sommaire")
        self.document.add_paragraph("{%p for article in articles %}")
        entry = self.document.add_paragraph(style="Sommaire")
        link = parse_xml(
            f'<w:hyperlink {nsdecls("w")} w:anchor="_art_{{{{ article.number }}}}" w:history="1">'
            f"<w:r><w:t>Article\u00a0{{{{ article.number }}}} – {{{{ article.title }}}}</w:t></w:r></w:hyperlink>"
        )
        entry._p.append(link)
        self.document.add_paragraph("{%p endfor %}")
        self.page_break()

    def articles(self) -> None:
        """Draw the articles of the clause library, whatever their number."""
        self.document.add_paragraph("{%p for article in articles %}")
        heading = self.document.add_paragraph(style="Heading 1")
        ids = 'w:id="1"'  # the rendering gives each bookmark its own number
        heading._p.append(
            parse_xml(f'<w:bookmarkStart {nsdecls("w")} {ids} w:name="_art_{{{{ article.number }}}}"/>')
        )
        self.write(heading, "{{ article.title }}")
        heading._p.append(parse_xml(f"<w:bookmarkEnd {nsdecls('w')} {ids}/>"))
        self.document.add_paragraph("{%p for block in article.blocks %}")
        for kind, style in (
            ("paragraph", "Normal"),
            ("bullet", "List Bullet"),
            ("subtitle", "Heading 2"),
            ("frame", "Encadré"),
        ):
            self.document.add_paragraph("{%p " + f"if block.kind == '{kind}' %}}")
            self.document.add_paragraph("{{ block.text }}", style=style)
            self.document.add_paragraph("{%p endif %}")
        for shares in TABLE_LAYOUTS:
            name = "-".join(map(str, shares))
            self.document.add_paragraph("{%p " + f"if block.kind == 'table' and block.layout == '{name}' %}}")
            self.free_table(list(shares))
            self.document.add_paragraph("{%p endif %}")
        self.document.add_paragraph("{%p endfor %}")
        self.document.add_paragraph("{%p if article.legal %}")
        self.document.add_paragraph("Fondement\u00a0: {{ article.legal }}", style="Note")
        self.document.add_paragraph("{%p endif %}")
        self.document.add_paragraph("{%p endfor %}")

    def free_table(self, shares: list[int]) -> None:
        """Draw a table of these widths, filled from the rows of a block."""
        table, columns = self.new_table(shares), range(len(shares))
        right = [tuple(shares) in AMOUNTS and column > 1 for column in columns]
        cells = [f"{{{{ row[{c}] }}}}" for c in columns]
        self.fill_row(
            table.add_row(), [f"{{{{ block.rows[0][{c}] }}}}" for c in columns], right, heading=True
        )
        self.fill_row(table.add_row(), ["{%tr for row in block.rows[1:] %}"], [])
        self.fill_row(table.add_row(), ["{%tr if loop.index in block.strong %}"], [])
        strong = table.add_row()
        self.fill_row(strong, [f"**{cells[0]}**", *cells[1:-1], f"**{cells[-1]}**"], right)
        for cell in strong.cells:
            shade(cell, looks.PALE)
        self.fill_row(table.add_row(), ["{%tr else %}"], [])
        self.fill_row(table.add_row(), cells, right)
        self.fill_row(table.add_row(), ["{%tr endif %}"], [])
        self.fill_row(table.add_row(), ["{%tr endfor %}"], [])
        self.after_table()

    def page_break(self) -> None:
        """Start a new page."""
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(0)
        paragraph.add_run().add_break(WD_BREAK.PAGE)

    def saved(self) -> bytes:
        """Return the file with fixed dates and order: the same source gives the same bytes."""
        known = self.document.core_properties
        known.title, known.author, known.language = (
            f"{self.title} – {{{{ head.reference }}}}",
            "achats-ght",
            "fr-FR",
        )
        known.comments, known.subject = "", "{{ head.title }}"
        raw, clean = io.BytesIO(), io.BytesIO()
        self.document.save(raw)
        with zipfile.ZipFile(raw) as source, zipfile.ZipFile(clean, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                if DROPPED.search(name):
                    continue
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                content = source.read(name)
                if name.endswith((".rels", "[Content_Types].xml")):
                    content = without_dropped(content)
                target.writestr(entry, ordered(name, content))
        return clean.getvalue()


def without_dropped(content: bytes) -> bytes:
    """Return a list of parts or links without those left out: preview, copy of the styles, empty custom data."""
    return re.sub(
        rb"<(?:Relationship|Override) [^>]*(?:thumbnail|stylesWithEffects|customXml)[^>]*/>", b"", content
    )


def cells_of(line: str) -> list[str]:
    """Return the cells of a row; a bar inside a template tag is a filter, not a border."""
    pieces = TAG.split(line.strip().strip("|"))
    pieces[::2] = [piece.replace("|", "\n") for piece in pieces[::2]]
    return [cell.strip() for cell in "".join(pieces).split("\n")]
