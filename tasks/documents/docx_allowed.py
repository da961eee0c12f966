"""What a Word file made by someone else may hold: parts, kinds of parts, relations, vocabularies and fields.

Everything is allowed by name; what is not in these lists is refused. Sources: ECMA-376 (Office Open XML, transitional),
the extensions that Word 2010 to 365 writes ([MS-DOCX]), and what LibreOffice writes.
"""

import re
from typing import Final

OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/"
MICROSOFT: Final = "http://schemas.microsoft.com/office/"
MAIN: Final = "word/document.xml"
TYPES: Final = "[Content_Types].xml"

PARTS: Final = re.compile(
    r"""\[Content_Types\]\.xml | (?P<owner_folder>|word/|word/glossary/|word/charts/|customXml/)_rels/
        (?P<owner>[\w-]+\.xml)?\.rels
    | docProps/(core|app|custom)\.xml | docProps/thumbnail\.(jpeg|jpg|png)
    | docMetadata/LabelInfo\.xml
    | word/(document|styles|stylesWithEffects|settings|webSettings|fontTable|numbering|footnotes|endnotes
        |comments|commentsExtended|commentsIds|commentsExtensible|people)\.xml
    | word/glossary/(document|styles|stylesWithEffects|settings|webSettings|fontTable|numbering)\.xml
    | word/(header|footer)\d{1,3}\.xml
    | word/theme/theme\d{1,2}\.xml
    | word/charts/(chart|style|colors)\d{1,3}\.xml
    | word/media/[\w-]{1,60}\.(png|jpe?g|gif|bmp|tiff?|emf|wmf)
    | customXml/(item|itemProps)\d{1,3}\.xml""",
    re.VERBOSE | re.ASCII,
)
FOLDERS: Final = re.compile(
    r"(word|word/(media|theme|charts|glossary)|customXml|docProps|docMetadata|((word|customXml)/(\w+/)?)?_rels)/",
    re.ASCII,
)

# Why a part is not let in, when it is a known danger: the reason helps whoever has to mend the template.
DANGEROUS_PARTS: Final = (
    (re.compile(r"vbaProject|vbaData|macrosheets|customizations", re.IGNORECASE), "macros"),
    (re.compile(r"/embeddings/|/activeX/|oleObject", re.IGNORECASE), "objet incorporé (OLE, ActiveX)"),
    (re.compile(r"/afchunk|altChunk|\.s?html?$|\.mht|\.rtf$", re.IGNORECASE), "contenu importé (altChunk)"),
    (re.compile(r"attachedToolbars|customUI", re.IGNORECASE), "barre d'outils ou ruban"),
    (re.compile(r"^word/fonts/", re.IGNORECASE), "police incorporée"),
    (re.compile(r"^word/media/.*\.svg$", re.IGNORECASE), "image SVG (à enregistrer en PNG)"),
)

SIGNATURES: Final = {
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "bmp": (b"BM",),
    "tif": (b"II*\0", b"MM\0*"),
    "tiff": (b"II*\0", b"MM\0*"),
    "emf": (b"\x01\0\0\0",),
    "wmf": (b"\xd7\xcd\xc6\x9a", b"\x01\0\t\0", b"\x02\0\t\0"),
}

_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml."
CONTENT_TYPES: Final = frozenset(
    {"application/xml", "text/xml", "image/png", "image/jpeg", "image/jpg", "image/gif", "image/bmp"}
    | {"image/tiff", "image/x-emf", "image/emf", "image/x-wmf", "image/wmf"}
    | {"application/vnd.openxmlformats-package.relationships+xml"}
    | {"application/vnd.openxmlformats-package.core-properties+xml"}
    | {
        f"{_WORD}{name}+xml"
        for name in (
            *("document.main", "document.glossary", "styles", "settings", "webSettings", "fontTable"),
            *("numbering", "footnotes", "endnotes", "comments", "commentsExtended", "commentsIds"),
            *("commentsExtensible", "people", "header", "footer"),
        )
    }
    | {
        f"application/vnd.openxmlformats-officedocument.{name}+xml"
        for name in (
            *("extended-properties", "custom-properties", "theme", "drawingml.chart"),
            "customXmlProperties",
        )
    }
    | {"application/vnd.ms-word.stylesWithEffects+xml", "application/vnd.ms-office.chartstyle+xml"}
    | {"application/vnd.ms-office.chartcolorstyle+xml", "application/vnd.ms-office.classificationlabels+xml"}
)

HYPERLINK: Final = f"{OFFICE}hyperlink"
RELATIONS: Final = frozenset(
    {
        OFFICE + name
        for name in (
            *("officeDocument", "extended-properties", "custom-properties", "styles", "settings"),
            *("webSettings", "fontTable", "theme", "numbering", "header", "footer", "footnotes"),
            *("endnotes", "comments", "image", "chart", "customXml", "customXmlProps"),
            *("glossaryDocument", "hyperlink"),
        )
    }
    | {f"{PACKAGE}relationships/metadata/core-properties", f"{PACKAGE}relationships/metadata/thumbnail"}
    | {f"{OFFICE}metadata/core-properties", f"{OFFICE}metadata/thumbnail"}
    | {
        MICROSOFT + name
        for name in (
            *("2007/relationships/stylesWithEffects", "2011/relationships/commentsExtended"),
            *("2011/relationships/people", "2016/09/relationships/commentsIds"),
            *("2018/08/relationships/commentsExtensible", "2011/relationships/chartStyle"),
            *("2011/relationships/chartColorStyle", "2020/02/relationships/classificationlabels"),
        )
    }
)
DANGEROUS_RELATIONS: Final = (
    (re.compile(r"/attachedTemplate$", re.IGNORECASE), "modèle attaché (attachedTemplate)"),
    (re.compile(r"/(?:oleObject|package|control)$", re.IGNORECASE), "objet incorporé (OLE, ActiveX)"),
    (re.compile(r"/aFChunk$", re.IGNORECASE), "contenu importé (altChunk)"),
    (re.compile(r"/(?:frame|subDocument|mailMerge\w*)$", re.IGNORECASE), "document lié"),
    (re.compile(r"/vbaProject$|/wordVbaData$|/keyMapCustomizations$", re.IGNORECASE), "macros"),
)
SAFE_ADDRESS: Final = re.compile(r"(https?://[^\s/\\]|mailto:[^\s\\]|#)", re.IGNORECASE)
REACHING: Final = re.compile(
    r"\s*(?:file|smb|ftp|data|javascript|vbscript|macro|vnd\.[\w.]+|private|service|slot|\w+doc):|\s*\\\\",
    re.IGNORECASE,
)

# Vocabularies of a document; the parts of customXml are data that nothing interprets.
VOCABULARIES: Final = (
    "http://schemas.openxmlformats.org/",
    "http://schemas.microsoft.com/office/",
    "urn:schemas-microsoft-com:vml",
    "urn:schemas-microsoft-com:office:office",
    "urn:schemas-microsoft-com:office:word",
    "http://purl.org/dc/",
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/XML/1998/namespace",
)
DANGEROUS_ELEMENTS: Final = {
    **dict.fromkeys(("altChunk", "altChunkPr"), "contenu importé (altChunk)"),
    **dict.fromkeys(
        ("object", "OLEObject", "control", "ocx", "externalData", "objectEmbed", "objectLink"),
        "objet incorporé (OLE, ActiveX)",
    ),
    **dict.fromkeys(("subDoc", "frameset", "frame", "mailMerge", "saveThroughXslt"), "document lié"),
    **dict.fromkeys(("attachedTemplate",), "modèle attaché (attachedTemplate)"),
    **dict.fromkeys(("entryMacro", "exitMacro", "macro"), "macros"),
    **dict.fromkeys(("videoFile", "audioFile", "quickTimeFile", "wavAudioFile", "movie"), "son ou vidéo"),
    **dict.fromkeys(("webExtension", "webextension", "webVideoPr"), "composant du web"),
}
# Attributes that name a file or an address beside the relations (VML, linked pictures).
LINKING_ATTRIBUTES: Final = frozenset({"src", "althref", "href", "link", "pict", "oleid", "progid"})

FIELDS: Final = frozenset(
    {"=", "ADDRESSBLOCK", "AUTHOR", "BOOKMARK", "COMMENTS", "CREATEDATE", "DATE", "DOCPROPERTY", "EDITTIME"}
    | {"EQ", "FILENAME", "FORMCHECKBOX", "FORMDROPDOWN", "FORMTEXT", "HYPERLINK", "IF", "INDEX", "KEYWORDS"}
    | {
        "LASTSAVEDBY",
        "LISTNUM",
        "NOTEREF",
        "NUMCHARS",
        "NUMPAGES",
        "NUMWORDS",
        "PAGE",
        "PAGEREF",
        "PRINTDATE",
    }
    | {
        "QUOTE",
        "REF",
        "REVNUM",
        "SAVEDATE",
        "SECTION",
        "SECTIONPAGES",
        "SEQ",
        "STYLEREF",
        "SUBJECT",
        "SYMBOL",
    }
    | {"TC", "TIME", "TITLE", "TOC", "XE"}
)
