"""Contacts as vCards, read by a parser of somebody else's."""

import vobject


def cards(line, *words):
    text = line.ok("export", *words, "--vcard").out
    assert text.count("\n") == text.count("\r\n")
    assert all(len(piece.encode()) <= 75 for piece in text.split("\r\n"))
    return list(vobject.readComponents(text))


def test_a_contact_becomes_a_card(dealflow):
    dealflow.ok("accounts", "add", "东莞宏图模具; 总部")
    dealflow.ok(
        "contacts",
        "add",
        "东莞宏图模具; 总部",
        "欧阳锋",
        "--title",
        "采购, 主管",
        "--role",
        "决策者",
    )
    more = ("--phone", "+86 138-0013-8000", "--email", "o@example.com", "--wechat", "ouyang_f")
    dealflow.ok("contacts", "edit", "1", *more)
    (card,) = cards(dealflow, "contacts")
    assert card.version.value == "3.0"
    assert (card.fn.value, card.n.value.family, card.n.value.given) == ("欧阳锋", "欧阳锋", "")
    assert card.org.value == ["东莞宏图模具; 总部"]
    assert (card.title.value, card.role.value) == ("采购, 主管", "决策者")
    assert (card.tel.value, card.tel.params["TYPE"]) == ("+86 138-0013-8000", ["CELL", "VOICE"])
    assert (card.email.value, card.x_wechat.value) == ("o@example.com", "ouyang_f")
    assert "ouyang_f" in card.note.value


def test_names_are_parted_as_they_are_written(dealflow):
    dealflow.ok("accounts", "add", "Acme")
    for name in ("Grace van Jansen", "Cher", "李 雷", "Ng, Wei; Jr."):
        dealflow.ok("contacts", "add", "Acme", name)
    told = [(card.n.value.family, card.n.value.given, card.fn.value) for card in cards(dealflow)]
    assert told == [
        ("Jansen", "Grace van", "Grace van Jansen"),
        ("", "Cher", "Cher"),
        ("雷", "李", "李 雷"),
        ("Jr.", "Ng, Wei;", "Ng, Wei; Jr."),
    ]


def test_the_same_person_is_the_same_card_next_time(dealflow):
    dealflow.ok("accounts", "add", "Acme")
    dealflow.ok("contacts", "add", "Acme", "Zhao", "--phone", "1")
    (before,) = cards(dealflow)
    dealflow.ok("contacts", "edit", "1", "--name", "Zhao Min", "--phone", "2")
    (after,) = cards(dealflow)
    assert before.uid.value == after.uid.value
    assert after.tel.value == "2"
    assert after.tel.params["TYPE"] == ["WORK", "VOICE"]


def test_nothing_in_a_card_begins_another_line(dealflow):
    dealflow.ok("accounts", "add", "Acme\nEND:VCARD")
    dealflow.ok(
        "contacts",
        "add",
        "Acme\nEND:VCARD",
        "Zhao\r\nTEL:666",
        "--title",
        "a\\n\x1b[31m" + "长" * 60,
    )
    (card,) = cards(dealflow)
    assert card.org.value == ["Acme\nEND:VCARD"]
    assert not hasattr(card, "tel")
    assert card.title.value == "a\\n\\x1b[31m" + "长" * 60


def test_a_filter_chooses_who_goes_along(dealflow, tmp_path):
    dealflow.ok("accounts", "add", "Acme", "--grade", "A")
    dealflow.ok("accounts", "add", "Borg")
    dealflow.ok("contacts", "add", "Acme", "Zhao")
    dealflow.ok("contacts", "add", "Borg", "Qian")
    assert [card.fn.value for card in cards(dealflow, "contacts", "grade:A")] == ["Zhao"]
    path = tmp_path / "team.vcf"
    dealflow.ok("export", "contacts", "--vcard", "--to", str(path))
    assert path.read_bytes().decode() == dealflow.ok("export", "--vcard").out
    assert dealflow.json("export", "--vcard")["vcard"] == path.read_bytes().decode()
