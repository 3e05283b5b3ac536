"""The Chinese catalogue is complete and compiled, and the tool that says so can be believed."""

import gettext
import io

TEMPLATE = """{% load i18n %}{% translate "Save" %}{{ _("Cancel") }}
{% translate "Open" context "state" %}{% include "x.html" with title=_('Why "me"?') %}
{% blocktranslate trimmed count n=loans %}
  One loan
{% plural %}
  {{ n }} loans
{% endblocktranslate %}"""
PYTHON = """
raise Refused("code", _("Not your branch"))
label = pgettext_lazy("state", "Open")
text = ngettext("%(n)d day", "%(n)d days", n) % {"n": n}
other = gettext(variable)
"""
PO = """msgid ""
msgstr ""
"Language: zh_Hans\\n"

#: a.py
#, python-format
msgid "%(n)d day"
msgid_plural "%(n)d days"
msgstr[0] "%(n)d 天"

msgctxt "state"
msgid "Open"
msgstr "未完成"
msgid "two\\n"
"lines"
msgstr ""
"两\\n"
"行"

#, fuzzy
msgid "Save"
msgstr "也许"
"""


def test_catalogue_is_complete_and_compiled(messages):
    assert messages.problems() == []


def test_template_messages_are_found_in_every_form(messages):
    found = {(entry.context, entry.id, entry.plural) for entry in messages.template_messages(TEMPLATE)}
    assert found == {
        (None, "Save", None),
        (None, "Cancel", None),
        ("state", "Open", None),
        (None, 'Why "me"?', None),
        (None, "One loan", "%(n)s loans"),
    }


def test_python_messages_are_found_and_variables_are_not(messages):
    found = {(entry.context, entry.id, entry.plural) for entry in messages.python_messages(PYTHON)}
    assert found == {
        (None, "Not your branch", None),
        ("state", "Open", None),
        (None, "%(n)d day", "%(n)d days"),
    }


def test_catalogue_survives_being_written_and_read(messages):
    catalogue = messages.parse(PO)
    assert messages.parse(messages.write(catalogue)) == catalogue


def test_compiled_catalogue_is_read_by_gettext(messages):
    data = messages.compile_catalogue(messages.parse(PO))
    translations = gettext.GNUTranslations(io.BytesIO(data))
    assert translations.ngettext("%(n)d day", "%(n)d days", 3) == "%(n)d 天"
    assert translations.pgettext("state", "Open") == "未完成"
    assert translations.gettext("two\nlines") == "两\n行"
    assert translations.gettext("Save") == "Save"


def test_lost_placeholder_is_a_problem(messages):
    entry = messages.Message("Due %(day)s", translations=["到期"])
    assert "%(day)s" in messages.placeholder_problem(entry)


def test_merge_fills_gaps_and_reports_what_differs(messages, tmp_path):
    other = tmp_path / "other.po"
    other.write_text(
        'msgid "Save"\nmsgstr "保存"\nmsgctxt "state"\nmsgid "Open"\nmsgstr "开放"\n', encoding="utf-8"
    )
    catalogue = messages.parse(PO)
    conflicts = messages.merge(catalogue, [other])
    assert catalogue[None, "Save"].translations == ["保存"]
    assert catalogue["state", "Open"].translations == ["未完成"]
    assert len(conflicts) == 1
