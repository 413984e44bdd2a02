-- What SQLite has built in, for PostgreSQL: same names, same results, so that one statement serves
-- both. All of them can be inlined or are immutable; none touches a table, `next_id` aside.

-- The last id that each table gave. A transaction that adds rows holds the table's line until it
-- ends, so ids follow each other without gaps and a run of new rows has a run of ids.
CREATE TABLE counter (
    name TEXT COLLATE "C" PRIMARY KEY,
    seq BIGINT NOT NULL DEFAULT 0
);

CREATE FUNCTION next_id(of_table TEXT) RETURNS BIGINT LANGUAGE sql VOLATILE AS
$$ UPDATE counter SET seq = seq + 1 WHERE name = of_table RETURNING seq $$;

CREATE FUNCTION max(a BIGINT, b BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN a > b THEN a ELSE b END $$;

CREATE FUNCTION iif(test BOOLEAN, yes ANYCOMPATIBLE, no ANYCOMPATIBLE) RETURNS ANYCOMPATIBLE
LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN test THEN yes ELSE no END $$;

CREATE FUNCTION instr(whole TEXT, part TEXT) RETURNS INTEGER LANGUAGE sql IMMUTABLE AS
$$ SELECT strpos(whole, part) $$;

CREATE FUNCTION count_true(counted BIGINT, test BOOLEAN) RETURNS BIGINT LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN test IS NULL THEN counted ELSE coalesce(counted, 0) + test::INTEGER END $$;

CREATE AGGREGATE sum(BOOLEAN) (SFUNC = count_true, STYPE = BIGINT);

-- JSON is kept as text, as SQLite keeps it, so that both hold the same bytes.
CREATE FUNCTION json_each(document TEXT) RETURNS TABLE (key TEXT, value TEXT)
LANGUAGE sql IMMUTABLE AS
$$
    SELECT (place - 1)::TEXT, item #>> '{}'
    FROM jsonb_array_elements(
        CASE WHEN jsonb_typeof(document::JSONB) = 'array' THEN document::JSONB END
    ) WITH ORDINALITY AS items (item, place)
    UNION ALL
    SELECT pairs.key, pairs.value
    FROM jsonb_each_text(
        CASE WHEN jsonb_typeof(document::JSONB) = 'object' THEN document::JSONB END
    ) AS pairs (key, value)
$$;

-- One level deep: '$.name' or '$."name"'.
CREATE FUNCTION json_extract(document TEXT, path TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS
$$ SELECT document::JSONB ->> trim(BOTH '"' FROM substr(path, 3)) $$;

CREATE FUNCTION json_array_length(document TEXT) RETURNS INTEGER LANGUAGE sql IMMUTABLE AS
$$ SELECT jsonb_array_length(document::JSONB) $$;

CREATE FUNCTION json_valid(document TEXT) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE AS
$$ SELECT document IS JSON $$;

CREATE FUNCTION json_type(document TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS
$$ SELECT jsonb_typeof(document::JSONB) $$;

-- The first instant after a day (or an instant) in the zone that the connection was told; where
-- clocks repeat midnight, the first. Equal to followups.late_at, which the tests hold it to.
CREATE FUNCTION overdue_from(day TEXT, instant BIGINT) RETURNS BIGINT LANGUAGE sql STABLE AS
$$
    SELECT CASE WHEN instant IS NOT NULL THEN instant + 1 ELSE (
        SELECT extract(EPOCH FROM coalesce(min(earlier), start))::BIGINT
        FROM (
            SELECT next_day, next_day AT TIME ZONE zone AS start, zone
            FROM (
                SELECT (day::DATE + 1)::TIMESTAMP AS next_day,
                    current_setting('dealflow.zone') AS zone
            ) AS told
        ) AS begun
        LEFT JOIN LATERAL (
            SELECT start - gap AS earlier FROM unnest('{30m,1h,2h,3h}'::INTERVAL[]) AS gaps (gap)
            WHERE (start - gap) AT TIME ZONE zone = next_day
        ) AS repeated ON TRUE
        GROUP BY start
    ) END
$$;
