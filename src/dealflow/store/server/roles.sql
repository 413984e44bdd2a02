-- Roles for a dealflow database on PostgreSQL. Run it once, as the owner of the schema, with psql or
-- any other client; running it again changes nothing:
--
--     dealflow db roles | psql "$DEALFLOW_DB"
--
-- Then give people a login and one of the roles:
--
--     CREATE ROLE wang LOGIN PASSWORD '…';
--     GRANT dealflow_rep TO wang;
--
--   dealflow_reader    sees everything, changes nothing
--   dealflow_rep       sees everything; changes deals that are theirs or that they take part in, new
--                      ones, and what hangs on them; writes the journal and cannot rewrite it
--   dealflow_manager   changes everything but the schema
--
-- Whose a deal is: the rep whose handle is the name of the login. Row-level security holds whatever
-- program is used: psql and a notebook meet the same rules.

DO $$
DECLARE
    wanted TEXT;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['dealflow_reader', 'dealflow_rep', 'dealflow_manager'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA dealflow TO dealflow_reader, dealflow_rep, dealflow_manager;
GRANT SELECT ON ALL TABLES IN SCHEMA dealflow
    TO dealflow_reader, dealflow_rep, dealflow_manager;

-- The journal is added to. What was undone is marked on it, and a run of new rows may grow longer
-- while its command lasts, and the chain is written when it ends; nothing else of it is ever changed, and nothing is taken away.
GRANT INSERT ON dealflow.command, dealflow.change, dealflow.command_key, dealflow.merged
    TO dealflow_rep, dealflow_manager;
GRANT UPDATE (undoes, undone_by, merged_by, chain) ON dealflow.command TO dealflow_rep, dealflow_manager;
GRANT UPDATE (last_id) ON dealflow.change TO dealflow_rep, dealflow_manager;
GRANT INSERT, UPDATE ON dealflow.reminder TO dealflow_rep, dealflow_manager;
GRANT UPDATE ON dealflow.counter TO dealflow_rep, dealflow_manager;

-- What a rep works with; settings, pipelines, reps and rates are the manager's.
GRANT INSERT, UPDATE, DELETE
    ON dealflow.opportunity, dealflow.opportunity_line, dealflow.visit, dealflow.activity,
    dealflow.follow_up, dealflow.participant, dealflow.account, dealflow.contact,
    dealflow.forecast, dealflow.forecast_deal
    TO dealflow_rep;
GRANT INSERT, UPDATE, DELETE
    ON dealflow.opportunity, dealflow.opportunity_line, dealflow.visit, dealflow.activity,
    dealflow.follow_up, dealflow.participant, dealflow.account, dealflow.contact, dealflow.product, dealflow.rep,
    dealflow.pipeline, dealflow.stage, dealflow.stage_definition, dealflow.loss_reason,
    dealflow.fx_rate, dealflow.setting, dealflow.field, dealflow.holiday, dealflow.target,
    dealflow.forecast, dealflow.forecast_deal
    TO dealflow_manager;

-- Who is at the keyboard: the rep with the login's name.
CREATE OR REPLACE FUNCTION dealflow.my_rep() RETURNS BIGINT LANGUAGE sql STABLE AS
$$ SELECT id FROM dealflow.rep WHERE handle = session_user $$;

-- Whether the rep at the keyboard takes part in a deal beside its owner.
CREATE OR REPLACE FUNCTION dealflow.takes_part(deal BIGINT) RETURNS BOOLEAN LANGUAGE sql STABLE AS
$$ SELECT EXISTS (
    SELECT 1 FROM dealflow.participant WHERE opportunity_id = deal AND rep_id = dealflow.my_rep()
) $$;

-- Whether a deal may be changed by the rep at the keyboard: it is theirs, or they take part in it. What
-- happened with a customer and no deal is anybody's to write down, as customers are.
CREATE OR REPLACE FUNCTION dealflow.is_mine(deal BIGINT) RETURNS BOOLEAN LANGUAGE sql STABLE AS
$$ SELECT deal IS NULL OR EXISTS (
    SELECT 1 FROM dealflow.opportunity WHERE id = deal AND owner_id = dealflow.my_rep()
) OR dealflow.takes_part(deal) $$;

DO $$
DECLARE
    part TEXT;
    mine TEXT;
BEGIN
    FOR part, mine IN
        SELECT 'opportunity', '(owner_id = dealflow.my_rep() OR dealflow.takes_part(id))'
        UNION ALL
        SELECT hanging, 'dealflow.is_mine(opportunity_id)'
        FROM unnest(ARRAY['opportunity_line', 'visit', 'activity', 'follow_up', 'participant']) AS parts (hanging)
    LOOP
        EXECUTE format('ALTER TABLE dealflow.%I ENABLE ROW LEVEL SECURITY', part);
        EXECUTE format('DROP POLICY IF EXISTS seen ON dealflow.%I', part);
        EXECUTE format('DROP POLICY IF EXISTS managed ON dealflow.%I', part);
        EXECUTE format('DROP POLICY IF EXISTS added ON dealflow.%I', part);
        EXECUTE format('DROP POLICY IF EXISTS changed ON dealflow.%I', part);
        EXECUTE format('DROP POLICY IF EXISTS removed ON dealflow.%I', part);
        EXECUTE format(
            'CREATE POLICY seen ON dealflow.%I FOR SELECT'
            ' TO dealflow_reader, dealflow_rep, dealflow_manager USING (TRUE)', part);
        EXECUTE format(
            'CREATE POLICY managed ON dealflow.%I FOR ALL TO dealflow_manager'
            ' USING (TRUE) WITH CHECK (TRUE)', part);
        EXECUTE format(
            'CREATE POLICY added ON dealflow.%I FOR INSERT TO dealflow_rep'
            ' WITH CHECK (%s)', part, mine);
        -- a deal may be handed over, so the new owner is not asked for
        EXECUTE format(
            'CREATE POLICY changed ON dealflow.%I FOR UPDATE TO dealflow_rep'
            ' USING (%s) WITH CHECK (TRUE)', part, mine);
        EXECUTE format(
            'CREATE POLICY removed ON dealflow.%I FOR DELETE TO dealflow_rep'
            ' USING (%s)', part, mine);
    END LOOP;
END
$$;

