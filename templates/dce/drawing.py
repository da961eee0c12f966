"""Draws a template: blocks, tables, cover, headers and footers, with python-docx."""

import io
import re
import zipfile
from collections.abc import Callable

import looks
from chart import add_chart
from docx.document import Document as Word
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from order import ordered

from models.documents.consultation import TABLE_LAYOUTS
from tasks.french import typography

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
EPOCH = (1980, 1, 1, 0, 0, 0)
AMOUNTS = {(9, 47, 22, 22)}
ANSWER_HEIGHT = Cm(3.2)
WIDTHS = {2: [32, 68], 3: [34, 33, 33], 4: [25, 25, 25, 25], 5: [20, 20, 20, 20, 20]}


class Drawing:
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

    def header_and_footer(self) -> None:
        """Write the running header and the footer with page numbers."""
        section = self.document.sections[0]
        section.different_first_page_header_footer = True
        top = section.header.paragraphs[0]
        self.write(top, "{{ head.organisation }}\t{{ head.reference }} – " + self.title)
        rule(top, "bottom")
        for footer in (section.footer, section.first_page_footer):
            bottom = footer.paragraphs[0]
            if self.layout == "lettre":
                self.write(bottom, "{{ head.organisation }} – {{ head.address }}\tPage\u00a0")
            else:
                self.write(
                    bottom,
                    self.title + " – version {{ head.version }} du {{ head.dated_on | jour }}\tPage\u00a0",
                )
            page_field(bottom, "PAGE")
            bottom.add_run(" / ")
            page_field(bottom, "NUMPAGES")
            rule(bottom, "top")
        for paragraph in (top, section.footer.paragraphs[0], section.first_page_footer.paragraphs[0]):
            stops = paragraph.paragraph_format.tab_stops
            stops.add_tab_stop(Cm(self.width), WD_TAB_ALIGNMENT.RIGHT)
        for name in ("Header", "Footer"):
            tabs = self.document.styles[name].element.pPr.find(qn("w:tabs"))
            if tabs is not None:
                tabs.getparent().remove(tabs)

    def cover(self) -> None:
        """Draw the cover page: who buys, what, which piece, which version."""
        name = self.document.add_paragraph()
        self.write(name, "**{{ head.organisation }}**", size=13, colour=looks.INK)
        group = self.document.add_paragraph()
        self.write(group, "Établissement support du {{ head.group_name }}", size=10, colour=looks.GREY)
        group.paragraph_format.space_after = Pt(120)
        band = self.document.add_table(rows=1, cols=1)
        band.autofit, band.alignment = False, WD_TABLE_ALIGNMENT.CENTER
        cell = band.rows[0].cells[0]
        cell.width = Cm(self.width)
        shade(cell, looks.ACCENT)
        title = cell.paragraphs[0]
        self.write(title, self.title, size=24, colour="FFFFFF")
        title.paragraph_format.space_before, title.paragraph_format.space_after = Pt(22), Pt(4)
        under = cell.add_paragraph()
        self.write(under, "{{ head.title }}", size=13, colour="FFFFFF")
        under.paragraph_format.space_after = Pt(22)
        for line in (title, under):
            line.paragraph_format.left_indent = line.paragraph_format.right_indent = Cm(0.5)
        self.after_table()
        facts = self.new_table([32, 68])
        self.cover_rows(facts)
        self.page_break()

    def cover_rows(self, facts: object) -> None:
        """Write the table of the cover; rows that do not apply are left out."""
        for label, value, condition in (
            ("Référence", "{{ head.reference }}", ""),
            ("Lot", "{{ head.lot }}", "head.lot"),
            ("Procédure", "{{ head.procedure }}", "head.procedure"),
            ("Pour le compte de", "{{ head.on_behalf_of | enumeration }}", ""),
            ("Remise des offres", "{{ head.due_at | instant }}", "head.due_at"),
            ("Version", "{{ head.version }}, établie le {{ head.dated_on | jour }}", ""),
        ):
            if condition:
                self.fill_row(facts.add_row(), ["{%tr if " + condition + " %}"], [])
            row = facts.add_row()
            self.fill_row(row, [f"**{label}**", value], [])
            shade(row.cells[0], looks.PALE)
            if condition:
                self.fill_row(facts.add_row(), ["{%tr endif %}"], [])

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

    def letterhead(self) -> None:
        """Draw the sender of an act or of a letter."""
        sender = self.document.add_paragraph()
        self.write(sender, "**{{ head.organisation }}**", size=12, colour=looks.ACCENT)
        sender.paragraph_format.space_after = Pt(0)
        lines = self.document.add_paragraph()
        self.write(lines, "{{ head.service }} – {{ head.group_name }}", size=9, colour=looks.GREY)
        lines.paragraph_format.space_after = Pt(0)
        contact = self.document.add_paragraph()
        self.write(
            contact, "{{ head.address }} – {{ head.email }} – {{ head.phone }}", size=9, colour=looks.GREY
        )
        rule(contact, "bottom")
        contact.paragraph_format.space_after = Pt(14)

    def recipient(self) -> None:
        """Draw the addressee, the place and the date."""
        for text, after in (
            ("**{{ recipient.name }}**", 0),
            ("{{ recipient.address.street }}", 0),
            ("{{ recipient.address.postal_code }} {{ recipient.address.city }}", 12),
            ("{{ head.city }}, le {{ head.dated_on | jour }}", 14),
        ):
            line = self.document.add_paragraph(style="À droite")
            self.write(line, text)
            line.paragraph_format.space_after = Pt(after)

    def signature(self) -> None:
        """Draw who signs, and by which delegation; the block stays in one piece with what comes before."""
        self.keep_last_block()
        lines = [
            "Fait à {{ head.city }}, le {{ head.dated_on | jour }}",
            "{%p if signatory.delegation %}",
            "Pour le directeur et par délégation ({{ signatory.delegation }})",
            "{%p endif %}",
            "{{ signatory.function }},",
            "**{{ signatory.name }}**",
        ]
        if self.layout == "lettre":
            lines = lines[1:]
        for text in lines:
            line = self.document.add_paragraph(text if text.startswith("{%p") else None, style="À droite")
            line.paragraph_format.keep_with_next = True
            if not text.startswith("{%p"):
                self.write(line, text)
        room = self.document.add_paragraph()
        room.paragraph_format.space_after = Pt(24)

    def keep_last_block(self) -> None:
        """Keep the last paragraph or table on the page of what follows."""
        for element in reversed(self.document.element.body):
            text = "".join(element.itertext())
            if text.startswith("{%") or element.tag == qn("w:sectPr"):
                continue
            for paragraph in element.iter(qn("w:p")):
                Paragraph(paragraph, self.document).paragraph_format.keep_with_next = True
            if text.strip():
                return

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
                if name == "docProps/thumbnail.jpeg":
                    continue
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(entry, ordered(name, without_thumbnail(name, source.read(name))))
        return clean.getvalue()


def without_thumbnail(name: str, content: bytes) -> bytes:
    """Return the part without the reference to the preview picture of the default file."""
    if name == "_rels/.rels":
        return re.sub(rb"<Relationship [^>]*thumbnail[^>]*/>", b"", content)
    return content


def cells_of(line: str) -> list[str]:
    """Return the cells of a row; a bar inside a template tag is a filter, not a border."""
    pieces = TAG.split(line.strip().strip("|"))
    pieces[::2] = [piece.replace("|", "\n") for piece in pieces[::2]]
    return [cell.strip() for cell in "".join(pieces).split("\n")]


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
