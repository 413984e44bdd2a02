"""Every question that can be asked, in its variants, as it is typed: what has a past has to be here."""

from __future__ import annotations

ASKED = """
    leakage
    leakage --unit visits --explain
    leakage --cohort created --period 2026-05
    leakage --cohort closed --period 2026-06
    leakage owner:li
    leakage grade:A segment:能源
    leakage --pipeline en --by rep
    leakage --by product
    leakage --by segment
    leakage --by field:need
    leakage --paths
    leakage --period 2026-W20..2026-W22 --compare previous
    close-rates
    close-rates --explain
    close-rates --by team
    close-rates --by product,month
    close-rates --by grade
    close-rates --by stage-lost
    close-rates --by source
    close-rates --by region
    close-rates --by channel
    close-rates --by forced
    close-rates --by reason
    close-rates --by field:tier
    close-rates --by field:need
    close-rates --credit owner-now
    close-rates --credit owner-at-creation --period 2026-05
    close-rates --trend month
    close-rates --conversion --by rep
    days
    days --by rep
    days --by rep --stage lead
    days --by product --within 7,30
    reasons
    reasons --by stage
    reasons --by rep,month
    pipeline
    pipeline --by rep
    pipeline --by month
    pipeline --by team,grade
    pipeline --by source
    changes --period 2026-05
    changes --period 2026-Q2 --by rep
    changes --period 2026-Q2 close:2026-Q2
    pushes
    pushes --by team
    pushes --deals
    forecast
    forecast --explain --by rep
    forecast --period 2026-Q2
    forecast --by product,month
    forecast list
    forecast show first
    forecast show second --all
    forecast score
    forecast backtest --months 2
    targets --period 2026-Q2
    targets
    targets list
    score
    score --explain
    score --customers
    factors
    factors --landmark 1d --limit 0
    coach
    coach --rep li
    stages review
    stages list
    stages show solution
    stages show needs --history
    stages export
    stages suggest
    stages suggest --back
    pipelines list
    overdue
    overdue --for li
    agenda
    agenda --for li --days 30
    quiet
    stuck
    unplanned
    next --all
    next --explain --for li
    next --for wang
    next owner:wang
    unplanned --for li
    quiet --for wang
    stuck owner:li
    agenda for:wang
    overdue for:wang
    overdue owner:li for:wang
    gaps --for wang
    stages suggest owner:wang
    effort --period 2026-Q2 owner:li
    list owner:li
    list -owner:li status:any
    list id:1..5
    leakage owner:wang
    gaps
    gaps --by rep
    effort
    effort --period 2026-05
    effort --period 2026-Q2 --by kind
    effort --by channel --period this-month
    list
    list status:any --sort id
    list status:any owner:wang
    list tag:vip
    list with:chen
    list contact:none
    list closed:2026-05
    list field:need:any
    list stage:needs
    list created:>=2026-05-20 status:any
    show 1 --all
    show 2 --all
    show 5 --all
    show 6
    show 8 --all
    show 10
    pool list
    accounts list
    accounts list owner:none
    accounts list deals:>=1
    accounts list last:2026-05
    accounts list segment:能源
    accounts show Acme --all
    accounts show Beta
    accounts duplicates
    contacts list
    contacts duplicates
    products list
    fields list
    reps list
    settings list
    settings holidays list
    history --limit 0
    history 2
    export --ics --done
    export deals
    export accounts
    export contacts
    export activities
    export history
    export follow-ups
    export lines
    export participants
"""
