"""The chart of the analysis report: a native Word chart, stacked bars, one bar per bid, one colour per criterion."""

from docx.document import Document as Word
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Cm

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"

CHART = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<c:chartSpace xmlns:c="{C}" xmlns:a="{A}"><c:roundedCorners val="0"/><c:chart><c:autoTitleDeleted val="1"/><c:plotArea>\
<c:layout/><c:barChart><c:barDir val="bar"/><c:grouping val="stacked"/><c:varyColors val="0"/>\
{{% for series in chart.series %}}<c:ser><c:idx val="{{{{ loop.index0 }}}}"/><c:order val="{{{{ loop.index0 }}}}"/>\
<c:tx><c:strRef><c:f>Feuil1!A1</c:f><c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>{{{{ series.name }}}}</c:v></c:pt></c:strCache></c:strRef></c:tx>\
<c:spPr><a:solidFill><a:srgbClr val="{{{{ series.colour }}}}"/></a:solidFill></c:spPr><c:invertIfNegative val="0"/>\
<c:cat><c:strRef><c:f>Feuil1!A2</c:f><c:strCache><c:ptCount val="{{{{ chart.bidders | length }}}}"/>\
{{% for bidder in chart.bidders %}}<c:pt idx="{{{{ loop.index0 }}}}"><c:v>{{{{ bidder }}}}</c:v></c:pt>{{% endfor %}}</c:strCache></c:strRef></c:cat>\
<c:val><c:numRef><c:f>Feuil1!B2</c:f><c:numCache><c:formatCode>0.00</c:formatCode><c:ptCount val="{{{{ chart.bidders | length }}}}"/>\
{{% for point in series.points %}}<c:pt idx="{{{{ loop.index0 }}}}"><c:v>{{{{ point }}}}</c:v></c:pt>{{% endfor %}}</c:numCache></c:numRef></c:val>\
</c:ser>{{% endfor %}}<c:gapWidth val="60"/><c:overlap val="100"/><c:axId val="1"/><c:axId val="2"/></c:barChart>\
<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="maxMin"/></c:scaling><c:delete val="0"/><c:axPos val="l"/>\
<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="low"/><c:crossAx val="2"/></c:catAx>\
<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/><c:max val="100"/><c:min val="0"/></c:scaling><c:delete val="0"/><c:axPos val="b"/>\
<c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="D5DDE3"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>\
<c:numFmt formatCode="0" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="1"/><c:crosses val="max"/></c:valAx>\
</c:plotArea><c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend><c:plotVisOnly val="1"/></c:chart>\
<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="850"><a:latin typeface="Arial"/></a:defRPr></a:pPr><a:endParaRPr lang="fr-FR"/></a:p></c:txPr>\
</c:chartSpace>"""


def add_chart(document: Word, width: float) -> None:
    """Add the chart where the document stands."""
    part = Part(PackURI("/word/charts/chart1.xml"), CONTENT_TYPE, CHART.encode(), document.part.package)
    link = document.part.relate_to(part, RT.CHART)
    wide, high = int(Cm(width)), int(Cm(7.5))
    drawing = (
        '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        '<wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{wide}" cy="{high}"/><wp:docPr id="501" name="Graphique des notes" descr="Notes pondérées par critère et par offre"/>'
        f'<a:graphic xmlns:a="{A}"><a:graphicData uri="{C}">'
        f'<c:chart xmlns:c="{C}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="{link}"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
    document.add_paragraph().add_run()._r.append(parse_xml(drawing))
