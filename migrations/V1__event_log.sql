-- The event log: one table, ordered by a dense id, written through one function.

CREATE TABLE events (
    id           bigint      NOT NULL PRIMARY KEY,
    event_name   text        COLLATE "C" NOT NULL,
    payload      jsonb       NOT NULL,
    created_at   timestamptz NOT NULL,
    source       text        NOT NULL,
    status       text        NOT NULL DEFAULT 'processed',
    metadata     jsonb,
    append_token uuid
) PARTITION BY RANGE (id);

COMMENT ON TABLE  events              IS 'The log. Append only through append_events; never update.';
COMMENT ON COLUMN events.id           IS 'The position in the log: 1, 2, 3 … without gaps, in commit order.';
COMMENT ON COLUMN events.created_at   IS 'When it was appended; never earlier than that of a smaller id.';
COMMENT ON COLUMN events.append_token IS 'Set on the first event of a batch: tells an appender whose answer was lost that the batch is stored.';

-- History by name, newest first or oldest first.
CREATE INDEX events_event_name_id ON events (event_name, id);

-- Where the head roughly is. Sequences ignore transactions, so this may run ahead of the head by one
-- aborted batch; append_events sets it before its rows are committed, so it is never behind.
CREATE SEQUENCE events_head_hint AS bigint MINVALUE 0 START 0;


-- Ids per partition. A constant of the log: never change it once there are events.
CREATE FUNCTION events_partition_size() RETURNS bigint
    LANGUAGE sql IMMUTABLE RETURN 10000000;


-- The id of the newest committed event, 0 when there is none. Touches one or two partitions.
CREATE FUNCTION events_head() RETURNS bigint
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    hint bigint;
    head bigint;
BEGIN
    SELECT last_value INTO hint FROM events_head_hint;
    SELECT e.id INTO head FROM events e WHERE e.id > hint - 10000 ORDER BY e.id DESC LIMIT 1;
    IF head IS NULL AND hint > 10000 THEN
        SELECT max(e.id) INTO head FROM events e;
    END IF;
    RETURN coalesce(head, 0);
END
$$;


-- Makes the partition that holds position, unless it is there. ATTACH waits for no reader and no writer
-- (it takes SHARE UPDATE EXCLUSIVE), which CREATE TABLE … PARTITION OF would.
CREATE FUNCTION create_events_partition(position_in_log bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    lower_bound bigint := position_in_log - position_in_log % events_partition_size();
    partition   text   := 'events_from_' || lower_bound;
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(7305806, 2);
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION)', partition);
    EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                   partition, lower_bound, lower_bound + events_partition_size());
END
$$;


-- Appends a batch: dense ids in commit order, one NOTIFY with the new head. Element i of each array belongs
-- to event i; the events get first_id, first_id + 1, …
--
-- Call it as one autocommit statement: the order lock is then held for the length of this call and its
-- commit, never across a client's round trip. Whoever holds the lock sees every earlier append, because
-- locks are released after commit and each statement of a READ COMMITTED function takes a new snapshot.
CREATE FUNCTION append_events(
    token       uuid,
    event_names text[],
    payloads    text[],
    sources     text[],
    metadatas   text[],
    OUT first_id    bigint,
    OUT appended_at timestamptz)
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    count     int := cardinality(event_names);
    head      bigint;
    new_head  bigint;
    last_time timestamptz;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_events needs READ COMMITTED, not %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state';
    END IF;

    PERFORM pg_advisory_xact_lock(7305806, 1);

    head := events_head();
    SELECT e.created_at INTO last_time FROM events e WHERE e.id = head;
    first_id := head + 1;
    new_head := head + count;
    appended_at := greatest(clock_timestamp(), last_time);

    IF head = 0 OR new_head / events_partition_size() > head / events_partition_size() THEN
        PERFORM create_events_partition(first_id);
        PERFORM create_events_partition(new_head);
    END IF;

    PERFORM setval('events_head_hint', new_head);
    INSERT INTO events (id, event_name, payload, created_at, source, metadata, append_token)
    SELECT head + n, event_name, payload::jsonb, appended_at, source, metadata::jsonb,
           CASE WHEN n = 1 THEN token END
    FROM unnest(event_names, payloads, sources, metadatas) WITH ORDINALITY
         AS batch (event_name, payload, source, metadata, n);

    PERFORM pg_notify('eventhandler', new_head::text);
END
$$;


-- Where the batch with this token was stored: its first id, or nulls. First ends the connections that bear
-- the application name (those of the appender that lost an answer), then takes the order lock: whatever it
-- sent has ended by then, or never will. after_id: any head from before the batch was sent.
CREATE FUNCTION find_append(
    token            uuid,
    after_id         bigint,
    application_name text,
    OUT first_id     bigint,
    OUT appended_at  timestamptz)
    LANGUAGE plpgsql VOLATILE AS
$$
BEGIN
    PERFORM pg_terminate_backend(a.pid, 3000)
    FROM pg_stat_activity a
    WHERE a.application_name = find_append.application_name
      AND a.datname = current_database() AND a.usename = current_user AND a.pid <> pg_backend_pid();

    PERFORM pg_advisory_xact_lock(7305806, 1);
    SELECT e.id, e.created_at INTO first_id, appended_at
    FROM events e WHERE e.id > after_id AND e.append_token = token;
END
$$;


-- Makes the partitions of the next events ahead of time. Any replica may call it at any time: one does the
-- work, the others return at once.
CREATE FUNCTION maintain_events() RETURNS void
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    next_id bigint;
BEGIN
    IF pg_try_advisory_xact_lock(7305806, 3) THEN
        next_id := events_head() + 1;
        PERFORM create_events_partition(next_id);
        PERFORM create_events_partition(next_id + events_partition_size());
    END IF;
END
$$;
