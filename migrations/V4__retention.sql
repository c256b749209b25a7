-- Retention: what is older than wanted leaves the log at its lower end, so that ids stay dense from the earliest event
-- to the newest.

-- Where the earliest event roughly is: nothing is below it, so that finding the earliest doesn't walk over the index
-- entries of deleted events that a long snapshot still holds. Never ahead of the earliest event.
CREATE SEQUENCE events_earliest_hint AS bigint;


-- The id of the earliest event, 1 when there is none.
CREATE FUNCTION events_earliest() RETURNS bigint
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    hint     bigint;
    earliest bigint;
BEGIN
    SELECT last_value INTO hint FROM events_earliest_hint;
    SELECT e.id INTO earliest FROM events e WHERE e.id >= hint ORDER BY e.id LIMIT 1;
    IF earliest IS NULL THEN
        SELECT min(e.id) INTO earliest FROM events e;
    END IF;
    RETURN coalesce(earliest, 1);
END
$$;


-- The id of the first event that was appended at this time or later, the next id when there is none. A search by
-- halves through the primary key: created_at is never earlier than that of a smaller id.
CREATE FUNCTION events_first_since(moment timestamptz) RETURNS bigint
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    next_id bigint := events_head() + 1;
    low     bigint := events_earliest(); -- every event below is earlier
    high    bigint := next_id;           -- every event from here on is not
    found   record;
BEGIN
    WHILE low < high LOOP
        SELECT e.id, e.created_at INTO found
        FROM events e WHERE e.id >= low + (high - low) / 2 ORDER BY e.id LIMIT 1;
        IF found.id IS NULL THEN
            RETURN next_id;
        ELSIF found.created_at >= moment THEN
            high := low + (high - low) / 2;
        ELSE
            low := found.id + 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;


-- The id of the first event to keep: of those that are not older than max_age and not more than max_events, null for
-- no such bound. Events younger than min_age stay, and the newest event stays, so that the head is never forgotten.
CREATE FUNCTION events_retained_from(max_age interval, max_events bigint, min_age interval) RETURNS bigint
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    head    bigint := events_head();
    expired bigint := greatest(1,
        CASE WHEN max_age IS NOT NULL THEN events_first_since(clock_timestamp() - max_age) END,
        head - max_events + 1);
BEGIN
    RETURN least(head, expired, events_first_since(clock_timestamp() - min_age));
END
$$;


-- The partitions that are wholly below this id, the oldest first, each with the next step of its removal:
-- 'detach', 'finalize' after an interrupted detach, 'drop' when it is detached. A partition that somebody else detached
-- is left alone: only those with the comment that precedes our detach are dropped.
CREATE FUNCTION events_expired_partitions(retained_from bigint, OUT partition text, OUT step text) RETURNS SETOF record
    LANGUAGE sql STABLE AS
$$
    SELECT c.relname,
           CASE WHEN i.inhrelid IS NULL THEN 'drop' WHEN i.inhdetachpending THEN 'finalize' ELSE 'detach' END
    FROM pg_class c
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = 'events'::regclass
    WHERE c.relnamespace = (SELECT p.relnamespace FROM pg_class p WHERE p.oid = 'events'::regclass)
      AND c.relkind = 'r' AND c.relname ~ '^events_from_\d+$'
      AND substring(c.relname FROM '\d+$')::bigint + events_partition_size() <= retained_from
      AND (i.inhrelid IS NOT NULL OR obj_description(c.oid, 'pg_class') = 'expired')
    ORDER BY substring(c.relname FROM '\d+$')::bigint
$$;


-- Deletes the earliest events below this id, at most so many and never the newest; returns how many.
CREATE FUNCTION delete_expired_events(retained_from bigint, max_count int) RETURNS bigint
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    earliest bigint := events_earliest();
    upper    bigint := least(earliest + max_count, retained_from, events_head());
    deleted  bigint;
BEGIN
    -- Not transactional, and no harm: what is below was removed by transactions that are committed.
    PERFORM setval('events_earliest_hint', earliest);
    DELETE FROM events WHERE id >= earliest AND id < upper;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;
