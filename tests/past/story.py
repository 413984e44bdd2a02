"""Six weeks of a small team, day by day as they were typed, and every question that can be asked.

The story has at least one of everything that changes what a report says. Left out is what changes
the past by definition (docs/definitions.md, as of another day): an undo on a later day, an entry
with an earlier date (--at, --from, imports that tell dates), a rate or a holiday of an earlier day.
"""

from __future__ import annotations

from dealflow.pipelines import template_text

STAGE = "[[stage]]\nkey = "


def write(folder):
    """The files that are applied and imported: pipelines, each an edit of the one before."""
    first = template_text("en")
    rules = first.replace("probability = 0.2", "probability = 0.35")
    rules = rules.replace("expected_days = 21", "expected_days = 9")
    later = rules.replace('name = "Solution"', 'name = "Offer"')
    later = later.replace("probability = 0.8", "probability = 0.7")
    before, _, after = later.partition(f'{STAGE}"needs"')
    short = before + after[after.index("[[stage]]") :]
    more = short.replace('key = "lead"', 'key = "prospect"').replace(
        'name = "Lead"', 'name = "线索"'
    )
    more = more.replace(
        f'{STAGE}"won"', f'{STAGE}"trial"\nname = "Trial"\nprobability = 0.5\n\n{STAGE}"won"'
    )
    more = more.replace('key = "price"\nname = "', 'key = "price"\nname = "too high ')
    files = {
        "saas.toml": template_text("saas"),
        "rules.toml": rules,
        "later.toml": later,
        "short.toml": short,
        "more.toml": more,
        "lines.ndjson": '{"command": "log", "args": ["2", "call", "rang twice"]}\n',
        "rows.csv": "title,account,amount,stage,owner\nImported,Acme,4000,lead,chen\n",
        "seen.csv": "time,type,company,page\n2026-06-15 09:00,site_visit,Acme,/pumps\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


#: days of 2026, and what li typed at noon
STORY = {
    "05-04": """
        reps add wang --team north
        reps add chen --team south
        reps edit li --team north
        products add Pump --price 30000
        products add 阀门 --price 800
        accounts add 宏远集团 --grade A --segment 能源 --region 华东 --source referral
        accounts add Acme --grade B --segment chemicals --owner wang --domain acme.com
        accounts add Beta --segment 能源 --owner chen
        contacts add 宏远集团 Zhao
        contacts add Acme Ann
        fields add need
        fields add tier --type choice --choice gold --choice silver --on account
        settings rate USD 7.1
        add "宏远 pumps" -a 宏远集团 -v 12.5万 -c 2026-05-20 --product Pump --contact Zhao --source fair
        add "Acme valves" -a Acme -v 8000 --close 2026-06-10 --product 阀门 --owner wang --tag vip
        add "Beta tank" -a Beta -v "USD 3000" --owner chen
        add "Quick win" -a Acme -v 900 --close 2026-05-08
        log 1 call "first talk" --channel phone --outcome interested --next +2d
        plan 2 +3d "send the brochure" --kind email
        stages apply saas.toml --yes
        targets set all 2026-Q2 200k
        targets set rep:li 2026-05 50k
        targets set team:north 2026 1m
    """,
    "05-05": """
        edit 1 --set need=quiet
        advance 1
        edit 2 --set need=cheap
        log 2 visit "saw the plant" --in
        advance 2 --force --why "knows us"
        win 4 --force --why "paid at once"
        add "Lost early" -a Beta -v 4500 --close 2026-07-01
        add "A mistake" -a Beta
        undo
        accounts log Acme site_visit "price page"
    """,
    "05-07": """
        lose 5 -r price
        done 1 --note "told him"
        snooze 2 +4d
        advance 1 solution --force --why "asked for an offer"
        add "宏远 service" -a 宏远集团 -v 20000 -c 2026-05-29 --owner wang --probability 60%
        plan 7 2026-05-08 "ring" --for chen --goal "a date"
        join 7 chen --role support
        edit 2 --close 2026-06-25 --value 9500
        forecast keep first
    """,
    "05-11": """
        void 3
        done 2
        edit 1 --value 130000 --close 2026-06-03
        back 2
        add "Beta again" -a Beta -v "USD 5000" --owner chen --close 2026-05-31 --product Pump --product 阀门
        add "No amount" -a Acme --grade C
        accounts edit Acme --grade A --segment energy
        settings set cadence.A 3d
        settings rate USD 7.2
    """,
    "05-15": """
        advance 7 negotiation --force --why "the boss decided"
        log 7 quote "98 pages" --channel email
        hand-over --from chen --to wang
        pool release Beta --why "nobody has time"
        stages apply rules.toml --yes
        edit 9 --probability 30%
        targets set all 2026-Q2 250k
        contacts add Beta Bob --role buyer
        contacts edit 2 --title CTO
        edit 8 --owner chen
    """,
    "05-20": """
        win 7 --force --why signed
        reopen 5 interested --force --why "they called"
        edit 5 --value 5500 --owner wang
        lose 8 -r competitor
        log 1 demo
        plan 1 mon "ask again" --kind call
        stages apply later.toml --yes --from 2026-05-26
        accounts edit Beta --set tier=gold
        pool claim Beta --rep wang
        leave 7 chen
        forecast keep second
        reps edit wang --team south
    """,
    "05-25": """
        import deals rows.csv
        advance 9 --force --why x
        edit 2 --close 2026-07-10
        accounts add "Acme Ltd" --grade C
        add "twin" -a "Acme Ltd" -v 100
        products edit Pump --series P --price 31000
        settings set next.late 5
        settings set pool.A 10d
    """,
    "05-29": """
        win 1 --force --why signed
        move 2 saas
        accounts merge Acme "Acme Ltd" --yes
        reps edit wang --handle fang
        edit 9 --product Pump
        fields edit need --name 需求
        lose 5 -r timing
        targets remove 2
        log 2 meeting --contact Ann
    """,
    "06-03": """
        reopen 8
        edit 8 --value 7700 --close 2026-06-30 --owner li
        log 8 call --outcome "no answer"
        plan 8 tomorrow call
        advance 2 --force --why x
        accounts edit 宏远集团 --name 宏远 --region 华北
        stages apply short.toml --yes --home needs=interested
        settings set manager fang
    """,
    "06-08": """
        log 8 call
        done 5 --note late
        void 9
        undo
        lose 9 -r price
        edit 9 --close 2026-06-20 --grade B
        edit 8 --tag=hot
        forecast remove first
        reps edit chen --left
        products edit 阀门 --name 阀
        fields add size --type number
        fields remove size
        fields add budget --type money
        edit 9 --set budget=500
        fields remove budget
        stages apply more.toml --yes --rename lead=prospect
    """,
    "06-15": """
        win 8 --force --why y
        undo
        redo
        import activities seen.csv
        edit 10 --owner fang --value 2600
        pool recycle --yes
        contacts add Acme "Ann Lee"
        contacts merge 2 4 --yes
        pipelines rename saas --name Software
        reopen 4
        lose 4 -r price
    """,
    "06-18": """
        add "Trial run" -a Beta -v 3000 --stage trial --force --why "asked for it" --product 阀
        edit 2 --product Pump
        edit 10 --account Beta
        settings set pipeline.product.Pump saas
        add "Routed" -a Acme --product Pump -v 12k
        reps edit fang --name "Fang Wang"
        fields edit tier --on account --rename gold=A1
        accounts edit Beta --set tier=silver --owner li
        plan 10 fri visit --for fang
        apply lines.ndjson
        join 10 li --role marketing
    """,
    "06-22": """
        advance 10 --force --why "trial went well"
        snooze 6 +3d
        edit 10 --tag=new --probability 45% --close 2026-08-01
        contacts edit 2 --role decides --email ann@acme.com
        leave 10 li
        hand-over --from fang --to li --accounts --yes
        void 11
        settings set next.grade 0
        products edit Pump --retired
    """,
    "06-26": """
        edit 2 10 --close 2026-09-30 --owner fang
        lose 2 -r price
        reopen 2 qualified
        targets set rep:fang 2026-06 9k
        forecast keep third
        accounts edit Acme --name "Acme 集团" --grade C
        accounts log "Acme 集团" call
    """,
    "06-29": """
        move 2 en --force --why "back to the old way" --stage prospect
        win 10 --force --why done
        settings set pipeline.product.Pump none
        void 13
        pipelines retire saas --yes
        targets set rep:fang 2026-06 12k
        edit 2 --value none --close none
        reps edit chen --active
    """,
}  # fmt: skip
