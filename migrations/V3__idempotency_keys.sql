-- Idempotency keys: of all publishes with the same source and key, one is stored.
--
-- A key is decided on under the order lock: whoever holds it sees every key that was committed before. So no
-- unique constraint is needed, which could not span partitions, and a key is in one partition at most.

CREATE TABLE idempotency_keys (
    source      text        COLLATE "C" NOT NULL,
    key         text        COLLATE "C" NOT NULL,
    fingerprint bytea       NOT NULL,
    first_id    bigint      NOT NULL,
    created_at  timestamptz NOT NULL
) PARTITION BY RANGE (created_at);

COMMENT ON TABLE  idempotency_keys             IS 'What was published under a key, for at least 24 hours. Written by append_events alone.';
COMMENT ON COLUMN idempotency_keys.fingerprint IS 'SHA-256 of what was published: tells a repetition from another use of the key.';
COMMENT ON COLUMN idempotency_keys.first_id    IS 'The id of the event; of the first one when the key stands for a whole batch.';

CREATE INDEX idempotency_keys_source_key ON idempotency_keys (source, key);


-- How long a partition takes keys. Part of the partitions' names: never change it once there are some.
CREATE FUNCTION idempotency_keys_partition_seconds() RETURNS bigint
    LANGUAGE sql IMMUTABLE RETURN 6 * 60 * 60;


-- Makes the partition for keys of this time, unless it is there; like create_events_partition.
CREATE FUNCTION create_idempotency_keys_partition(at timestamptz) RETURNS void
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    seconds     bigint := idempotency_keys_partition_seconds();
    lower_bound bigint := floor(extract(epoch FROM at) / seconds)::bigint * seconds;
    partition   text   := 'idempotency_keys_from_' || lower_bound;
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(7305806, 2);
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE idempotency_keys INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION)', partition);
    EXECUTE format('ALTER TABLE idempotency_keys ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition, to_timestamp(lower_bound), to_timestamp(lower_bound + seconds));
END
$$;


-- What was published under these keys; nothing for those that are free. Always by the index: a plan made while
-- the partitions were empty would otherwise read them from end to end when they are full.
CREATE FUNCTION find_idempotency_keys(sources text[], keys text[])
    RETURNS TABLE (source text, key text, fingerprint bytea, first_id bigint)
    LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS
$$
BEGIN
    RETURN QUERY
    SELECT k.source, k.key, known.fingerprint, known.first_id
    FROM unnest(sources, keys) AS k (source, key),
         LATERAL (SELECT i.fingerprint, i.first_id
                  FROM idempotency_keys i WHERE i.source = k.source AND i.key = k.key LIMIT 1) AS known;
END
$$;


DROP FUNCTION append_events(uuid, text[], text[], text[], text[], text);

-- Appends a batch: dense ids in commit order, one NOTIFY with the new head. Element i of each array belongs
-- to event i; the events get first_id, first_id + 1, …
--
-- inline_events: the same events in the form in which the notification carries them after the new head, a
-- signature, first_id and appended_at in microseconds since 1970; null when they don't fit into its 8000 bytes.
--
-- keys: the batch's idempotency keys, no (source, key) twice; null for none. When one of them is known, nothing
-- is stored and the result is null. key_events: the number of the event that the key is for, counted from 1.
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
    OUT appended_at  timestamptz)
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    count     int := cardinality(event_names);
    hint      bigint;
    head      bigint;
    new_head  bigint;
    last_time timestamptz;
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
    SELECT e.id, e.created_at INTO head, last_time FROM events e WHERE e.id >= hint ORDER BY e.id DESC LIMIT 1;
    IF head IS NULL THEN -- the log is empty, or an aborted batch left the hint ahead
        head := events_head();
        SELECT e.created_at INTO last_time FROM events e WHERE e.id = head;
    END IF;
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


-- Makes the next partitions ahead of time. Any replica may call it at any time: one does the work, the others
-- return at once.
CREATE OR REPLACE FUNCTION maintain_events() RETURNS void
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    next_id bigint;
BEGIN
    IF pg_try_advisory_xact_lock(7305806, 3) THEN
        next_id := events_head() + 1;
        PERFORM create_events_partition(next_id);
        PERFORM create_events_partition(next_id + events_partition_size());
        PERFORM create_idempotency_keys_partition(clock_timestamp());
        PERFORM create_idempotency_keys_partition(
            clock_timestamp() + make_interval(secs => idempotency_keys_partition_seconds()));
    END IF;
END
$$;


-- Drops one partition whose keys are all older than 24 hours, if there is one. Any replica may call it at any
-- time, but not in the transaction of maintain_events: an append that holds the order lock may wait for the lock
-- under which a partition is made.
--
-- Dropping needs the parent table for itself for a moment. The order lock keeps appends out of it, which wait
-- their turn as always. Against anybody else NOWAIT decides: while a dump reads the keys nothing is dropped, and
-- no append queues up behind the attempt; a later call tries again. DETACH … CONCURRENTLY can't run in a function,
-- waits for such readers too, and may be left half done.
CREATE FUNCTION drop_expired_idempotency_keys() RETURNS void
    LANGUAGE plpgsql VOLATILE SET lock_timeout = '100ms' AS
$$
DECLARE
    expired text;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7305806, 3) THEN
        RETURN;
    END IF;
    SELECT c.relname INTO expired
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'idempotency_keys'::regclass
      AND to_timestamp(substring(c.relname FROM '\d+$')::bigint + idempotency_keys_partition_seconds())
          <= clock_timestamp() - interval '24 hours'
    ORDER BY c.relname LIMIT 1;
    IF expired IS NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(7305806, 1);
    EXECUTE format('LOCK TABLE ONLY idempotency_keys, %I IN ACCESS EXCLUSIVE MODE NOWAIT', expired);
    EXECUTE format('DROP TABLE %I', expired);
EXCEPTION WHEN lock_not_available THEN
    NULL; -- a later call
END
$$;
