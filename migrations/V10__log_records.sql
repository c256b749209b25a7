-- What services log, apart from the events: kept by the day of arrival, so that days are removed whole.
--
-- A record's id tells when it arrived, so that days are ranges of ids: above its 23 low bits are the seconds since 2026,
-- within them a number that a sequence gives. Until 2060 it fits into what JSON readers count exactly, 53 bits.

CREATE TABLE log_services (
    id   int  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE
);

COMMENT ON TABLE log_services IS 'The services that log.';


CREATE TABLE log_origins (
    id         int   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service_id int   NOT NULL REFERENCES log_services,
    logger     text,
    resource   jsonb,
    hash       bytea NOT NULL UNIQUE,
    used_on    date  NOT NULL
);

COMMENT ON TABLE  log_origins         IS 'Who logs, stored once for many records.';
COMMENT ON COLUMN log_origins.hash    IS 'SHA-256 of the service, the logger and the resource.';
COMMENT ON COLUMN log_origins.used_on IS 'A day on which it logged; at most two days older than its newest record.';

CREATE INDEX log_origins_service ON log_origins (service_id);


CREATE SEQUENCE log_records_number AS bigint MINVALUE 0 MAXVALUE 8388607 START 0 CACHE 100 CYCLE;


-- No record that arrives at this time or later has a smaller id.
CREATE FUNCTION log_records_from(moment timestamptz) RETURNS bigint
    LANGUAGE sql STABLE
    RETURN (floor(date_part('epoch', moment))::bigint - 1767225600) << 23;


CREATE TABLE log_records (
    id            bigint      NOT NULL DEFAULT
        ((floor(date_part('epoch', statement_timestamp()))::bigint - 1767225600) << 23 | nextval('log_records_number')),
    time          timestamptz NOT NULL,
    observed      timestamptz,
    span_id       bigint,
    service_id    int         NOT NULL,
    origin_id     int         NOT NULL,
    severity      smallint    NOT NULL,
    trace_id      uuid,
    severity_text text        NOT NULL DEFAULT '',
    message       text        NOT NULL,
    attributes    json
) PARTITION BY RANGE (id);

COMMENT ON TABLE  log_records            IS 'What services logged, a partition for each day (UTC) of arrival.';
COMMENT ON COLUMN log_records.id         IS 'Seconds since 2026 at its arrival, times 2^23, and a number within them.';
COMMENT ON COLUMN log_records.time       IS 'When it happened, as the sender says; when it arrived, if it does not.';
COMMENT ON COLUMN log_records.severity   IS '1 to 24 as OpenTelemetry counts, 0 for unspecified.';
COMMENT ON COLUMN log_records.attributes IS 'json, as it takes less space than jsonb; what is asked of it is asked of few records.';

-- In order of time, and of time within a service. Whole seconds make equal entries, which B-trees hold at 6 bytes each; the
-- few records within them are sorted when they are read. The spans differ so that no plan takes one index for the other.
CREATE INDEX log_records_time ON log_records (date_bin('1 second', time, timestamptz '2000-01-01 00:00+00'));
CREATE INDEX log_records_service_time
    ON log_records (service_id, date_bin('2 seconds', time, timestamptz '2000-01-01 00:00+00'));
CREATE INDEX log_records_trace ON log_records (trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX log_records_id ON log_records USING brin (id);


-- Makes the partition of a day, unless it is there. As create_events_partition: ATTACH waits for no reader and no writer.
CREATE FUNCTION create_log_partition(day date) RETURNS void
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    partition text := 'log_records_' || to_char(day, 'YYYY_MM_DD');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(7305806, 12);
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE log_records INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION)', partition);
    EXECUTE format('ALTER TABLE log_records ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', partition,
                   log_records_from(day::timestamp AT TIME ZONE 'UTC'), log_records_from((day + 1)::timestamp AT TIME ZONE 'UTC'));
END
$$;


-- Makes the partitions of today and of the two days that follow.
CREATE FUNCTION maintain_log_records() RETURNS void
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
BEGIN
    FOR ahead IN 0..2 LOOP
        PERFORM create_log_partition(today + ahead);
    END LOOP;
END
$$;


-- The days that are kept, the oldest first, with what they take on disk.
CREATE FUNCTION log_partitions(OUT partition text, OUT day date, OUT bytes bigint) RETURNS SETOF record
    LANGUAGE sql VOLATILE AS
$$
    SELECT c.relname, to_date(substring(c.relname FROM '\d{4}_\d\d_\d\d$'), 'YYYY_MM_DD'),
           coalesce(pg_total_relation_size(c.oid), 0) -- null when it is dropped meanwhile
    FROM pg_class c
    JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = 'log_records'::regclass
    WHERE c.relname ~ '^log_records_\d{4}_\d\d_\d\d$'
    ORDER BY c.relname
$$;


-- Drops the oldest day when all its records are older than this, or all days together take more bytes, null for no such
-- bound; never today: its name, null when there is none, or another session is at it. It needs the table for itself for a
-- moment; the lock timeout, which is also the longest that those who log may wait more, ends it when somebody reads for
-- longer: the next call tries again.
CREATE FUNCTION drop_expired_log_partition(max_age interval, max_bytes bigint) RETURNS text
    LANGUAGE plpgsql VOLATILE SET lock_timeout = '1500ms' AS
$$
DECLARE
    now_utc timestamp := clock_timestamp() AT TIME ZONE 'UTC';
    oldest  record;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7305806, 13) THEN
        RETURN NULL;
    END IF;
    SELECT p.partition, p.day INTO oldest FROM log_partitions() p ORDER BY p.day LIMIT 1;
    IF oldest.day IS NULL OR oldest.day >= now_utc::date
       OR NOT coalesce(oldest.day + 1 <= now_utc - max_age, false)
          AND NOT coalesce((SELECT sum(p.bytes) > max_bytes FROM log_partitions() p), false) THEN
        RETURN NULL;
    END IF;
    EXECUTE format('LOCK TABLE ONLY log_records, %I IN ACCESS EXCLUSIVE MODE', oldest.partition);
    EXECUTE format('DROP TABLE %I', oldest.partition);
    DELETE FROM log_origins WHERE used_on < oldest.day - 2;
    DELETE FROM log_services s WHERE NOT EXISTS (SELECT FROM log_origins o WHERE o.service_id = s.id);
    RETURN oldest.partition;
END
$$;


-- The numbers of who logs, given when they are asked for first. Ask again on another day, so that they stay.
CREATE FUNCTION log_origin(service text, of_logger text, of_resource text, OUT service_id int, OUT origin_id int)
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    today      date  := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    with_hash  bytea := sha256(convert_to(jsonb_build_array(service, of_logger, of_resource::jsonb)::text, 'UTF8'));
BEGIN
    UPDATE log_origins o SET used_on = today WHERE o.hash = with_hash AND o.used_on < today;
    SELECT o.service_id, o.id INTO service_id, origin_id FROM log_origins o WHERE o.hash = with_hash;
    IF origin_id IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO log_services (name) SELECT service
    WHERE NOT EXISTS (SELECT FROM log_services s WHERE s.name = service) ON CONFLICT DO NOTHING;
    SELECT s.id INTO service_id FROM log_services s WHERE s.name = service;
    INSERT INTO log_origins AS o (service_id, logger, resource, hash, used_on)
    VALUES (service_id, of_logger, of_resource::jsonb, with_hash, today) ON CONFLICT DO NOTHING;
    SELECT o.id INTO origin_id FROM log_origins o WHERE o.hash = with_hash;
END
$$;


-- As in V9: the functions that write run with the owner's rights, for those who may call them.
DO
$$
DECLARE
    writing regprocedure;
    role    text;
BEGIN
    FOR writing IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = current_schema())
          AND p.proname IN ('maintain_log_records', 'drop_expired_log_partition', 'log_origin')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp', writing, current_schema());
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', writing);
    END LOOP;

    -- COPY needs rights of its own. Who may append events may store records too.
    FOR role IN
        SELECT DISTINCT pg_get_userbyid(a.grantee)
        FROM pg_proc p, aclexplode(p.proacl) a
        WHERE p.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = current_schema())
          AND p.proname = 'append_events' AND a.privilege_type = 'EXECUTE' AND a.grantee NOT IN (0, p.proowner)
    LOOP
        EXECUTE format('GRANT INSERT ON log_records TO %I', role);
        EXECUTE format('GRANT USAGE ON SEQUENCE log_records_number TO %I', role);
    END LOOP;
END
$$;
