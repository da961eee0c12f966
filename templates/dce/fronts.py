"""What opens and closes a document: header and footer, cover, letterhead, addressee, signature."""

import looks
from docx.document import Document as Word
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph
from marks import page_field, rule, shade


class Fronts:
    """The parts of a drawing that are the same from one document to the next."""

    document: Word
    title: str
    layout: str
    width: float

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
