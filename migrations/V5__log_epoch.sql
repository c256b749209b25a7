-- The log's epoch, for the day when the log loses events that were visible: an asynchronous failover, a restore. Their
-- ids are then used again, so a position means something only within its epoch.
--
-- append_events also tells when the event before the batch was appended, so that an appender notices at once that the
-- log is another one than it knew, and it no longer follows a clock that was ahead.
--
-- find_append leaves alone what waits for a standby, and reads the end of the log only.

CREATE TABLE events_epoch (
    epoch text        NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMENT ON TABLE events_epoch IS 'One row: changes when the log has lost events that were visible. Written by renew_events_epoch alone.';

CREATE FUNCTION new_events_epoch() RETURNS text
    LANGUAGE sql VOLATILE RETURN left(replace(gen_random_uuid()::text, '-', ''), 12);

INSERT INTO events_epoch VALUES (new_events_epoch());


-- The log as it is now, for whoever knows an event of it: its epoch, its head, and when the event with this id was
-- appended, by default the newest; null when it is not there.
CREATE FUNCTION events_continuity(
    known_id bigint,
    OUT epoch      text,
    OUT head       bigint,
    OUT created_at timestamptz)
    LANGUAGE plpgsql VOLATILE AS
$$
BEGIN
    SELECT e.epoch INTO epoch FROM events_epoch e;
    head := events_head();
    SELECT e.created_at INTO created_at FROM events e WHERE e.id = coalesce(known_id, head);
END
$$;


-- Gives the log a new epoch if it lost the event with this id that was appended at this time, unless somebody else has
-- given it one: known_epochs are those that the caller has seen, the current one last. Tells the epoch, and where the
-- log ends. Under the order lock, so that one replica does it.
CREATE FUNCTION renew_events_epoch(
    known_epochs text[],
    known_id     bigint,
    known_at     timestamptz,
    OUT epoch      text,
    OUT head       bigint,
    OUT created_at timestamptz)
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    now_at timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(7305806, 1);
    SELECT c.epoch, c.head, c.created_at INTO epoch, head, now_at FROM events_continuity(known_id) c;
    IF epoch = ANY (known_epochs)
       AND (epoch <> known_epochs[cardinality(known_epochs)] OR head < known_id OR now_at <> known_at) THEN
        epoch := new_events_epoch();
        UPDATE events_epoch SET epoch = renew_events_epoch.epoch, since = clock_timestamp();
        PERFORM pg_notify('eventhandler', 'epoch ' || epoch);
    END IF;
    SELECT e.created_at INTO created_at FROM events e WHERE e.id = head;
END
$$;


-- The greatest of these ids whose event was appended at the time beside it, null when there is none: how far a replica
-- and the log agree.
CREATE FUNCTION events_in_common(ids bigint[], times timestamptz[]) RETURNS bigint
    LANGUAGE sql STABLE AS
$$
    SELECT max(e.id)
    FROM unnest(ids, times) AS known (id, created_at) JOIN events e ON e.id = known.id
    WHERE e.created_at = known.created_at
$$;


-- A clock that was ahead by more than this is not followed any longer when it is right again.
CREATE FUNCTION events_clock_tolerance() RETURNS interval
    LANGUAGE sql IMMUTABLE RETURN interval '1 minute';


DROP FUNCTION append_events(uuid, text[], text[], text[], text[], text, int[], text[], text[], bytea[]);

-- Appends a batch: dense ids in commit order, one NOTIFY with the new head. Element i of each array belongs
-- to event i; the events get first_id, first_id + 1, … previous_at is when the event before them was appended, null
-- when there is none.
--
-- inline_events: the same events in the form in which the notification carries them after the new head, a
-- signature, first_id and appended_at in microseconds since 1970; null when they don't fit into its 8000 bytes.
--
-- keys: the batch's idempotency keys, no (source, key) twice; null for none. When one of them is known, nothing
-- is stored and the result is null. key_events: the number of the event that the key is for, counted from 1.
--
-- created_at is never earlier than that of a smaller id, unless the clock was ahead when that was appended.
--
-- Call it as one autocommit statement: the order lock is then held for the length of this call and its
-- commit, never across a client's round trip. Whoever holds the lock sees every earlier append, because
-- locks are released after commit and each statement of a READ COMMITTED function takes a new snapshot.
CREATE FUNCTION append_events(
    token            uuid,
    event_names      text[],
    payloads         text[],
    sources          text[],
    metadatas        text[],
    inline_events    text    DEFAULT NULL,
    key_events       int[]   DEFAULT NULL,
    key_sources      text[]  DEFAULT NULL,
    keys             text[]  DEFAULT NULL,
    key_fingerprints bytea[] DEFAULT NULL,
    OUT first_id     bigint,
    OUT appended_at  timestamptz,
    OUT previous_at  timestamptz)
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    count     int := cardinality(event_names);
    hint      bigint;
    head      bigint;
    new_head  bigint;
    signed    text;
    signature text;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_events needs READ COMMITTED, not %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state';
    END IF;

    PERFORM pg_advisory_xact_lock(7305806, 1);

    IF keys IS NOT NULL AND EXISTS (SELECT FROM find_idempotency_keys(key_sources, keys)) THEN
        RETURN;
    END IF;

    SELECT last_value INTO hint FROM events_head_hint;
    SELECT e.id, e.created_at INTO head, previous_at FROM events e WHERE e.id >= hint ORDER BY e.id DESC LIMIT 1;
    IF head IS NULL THEN -- the log is empty, or an aborted batch left the hint ahead
        head := events_head();
        SELECT e.created_at INTO previous_at FROM events e WHERE e.id = head;
    END IF;
    first_id := head + 1;
    new_head := head + count;
    appended_at := clock_timestamp();
    IF previous_at > appended_at AND previous_at <= appended_at + events_clock_tolerance() THEN
        appended_at := previous_at;
    END IF;

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

    IF keys IS NOT NULL THEN
        PERFORM create_idempotency_keys_partition(appended_at);
        INSERT INTO idempotency_keys (source, key, fingerprint, first_id, created_at)
        SELECT k.source, k.key, k.fingerprint, head + k.n, appended_at
        FROM unnest(key_events, key_sources, keys, key_fingerprints) AS k (n, source, key, fingerprint);
    END IF;

    IF inline_events IS NULL THEN
        PERFORM pg_notify('eventhandler', new_head::text);
    ELSE
        signed := first_id || ' ' || (extract(epoch FROM appended_at) * 1000000)::bigint || ' ' || inline_events;
        SELECT encode(sha256(convert_to(key || signed || key, 'UTF8')), 'hex') INTO signature
        FROM events_notification_key;
        PERFORM pg_notify('eventhandler', new_head || ' ' || signature || ' ' || signed);
    END IF;
END
$$;


-- The id of the first event that was appended at this time or later, the next id when there is none. A search by
-- halves through the primary key, over the events whose time has come: among them created_at is never earlier than that
-- of a smaller id. Those that were appended while the clock was ahead are passed over.
CREATE OR REPLACE FUNCTION events_first_since(moment timestamptz) RETURNS bigint
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    next_id bigint := events_head() + 1;
    low     bigint := events_earliest(); -- every event below is earlier
    high    bigint := next_id;           -- every event from here on is not
    latest  timestamptz := greatest(clock_timestamp() + events_clock_tolerance(), moment);
    found   record;
BEGIN
    WHILE low < high LOOP
        SELECT e.id, e.created_at INTO found
        FROM events e WHERE e.id >= low + (high - low) / 2 AND e.created_at <= latest ORDER BY e.id LIMIT 1;
        IF found.id IS NULL OR found.id >= high OR found.created_at >= moment THEN
            high := low + (high - low) / 2;
        ELSE
            low := found.id + 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;


DROP FUNCTION find_append(uuid, bigint, text);

-- Where the batch with this token was stored: its first id, or nulls. First ends the connections that bear
-- the application name (those of the appender that lost an answer), then takes the order lock: whatever it
-- sent has ended by then, or never will. after_id: any head from before the batch was sent; the log may have fallen
-- back meanwhile, so the end of the log is looked through in any case.
--
-- With a synchronous standby, a connection that is at work is left to itself: it may be waiting for the standby, and to
-- end it would make visible what no standby has. Its batch then shows when it has got the lock back, and this function
-- writes, so that it doesn't answer before a standby has all that it found.
CREATE FUNCTION find_append(
    token            uuid,
    after_id         bigint,
    application_name text,
    OUT first_id     bigint,
    OUT appended_at  timestamptz,
    OUT previous_at  timestamptz)
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    synchronous boolean := current_setting('synchronous_standby_names') <> ''
                           AND current_setting('synchronous_commit') NOT IN ('off', 'local');
BEGIN
    PERFORM pg_terminate_backend(a.pid, 3000)
    FROM pg_stat_activity a
    WHERE a.application_name = find_append.application_name
      AND a.datname = current_database() AND a.usename = current_user AND a.pid <> pg_backend_pid()
      AND NOT (synchronous AND a.state = 'active');

    PERFORM pg_advisory_xact_lock(7305806, 1);
    SELECT e.id, e.created_at INTO first_id, appended_at
    FROM events e WHERE e.id > least(after_id, events_head() - 10000) AND e.append_token = token;
    SELECT e.created_at INTO previous_at FROM events e WHERE e.id = first_id - 1;
    IF synchronous AND first_id IS NOT NULL THEN
        PERFORM pg_logical_emit_message(true, 'eventhandler', 'found');
    END IF;
END
$$;


-- Does all that append_events does but the commit: whether events can be stored now. Leaves nothing behind.
CREATE FUNCTION try_append_events() RETURNS void
    LANGUAGE plpgsql VOLATILE AS
$$
BEGIN
    PERFORM append_events(gen_random_uuid(), ARRAY['eventhandler.probe'], ARRAY['null'], ARRAY['eventhandler'], ARRAY[NULL]);
    RAISE EXCEPTION USING ERRCODE = 'EH000';
EXCEPTION WHEN SQLSTATE 'EH000' THEN
    NULL; -- undone, down to this function's start
END
$$;
