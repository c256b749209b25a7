-- Two roles, for those who want them: one owns the log and migrates it, another runs the service and can do to it only
-- what these functions do. They run with the owner's rights, so nobody else may call them until the owner says so. With
-- one role for all, nothing changes. docs/operations.md, "Database roles".


-- Keeps an API key, unless there are as many as there may be: then false. Transactions at the same time don't count each
-- other's.
CREATE FUNCTION create_api_key(
    key_id text, key_hash bytea, key_name text, key_grants jsonb, key_source text, key_expires_at timestamptz, max_in_all int
) RETURNS boolean
    LANGUAGE plpgsql VOLATILE AS
$$
BEGIN
    IF (SELECT count(*) FROM api_keys) >= max_in_all THEN
        RETURN false;
    END IF;
    INSERT INTO api_keys (id, hash, name, grants, source, expires_at)
    VALUES (key_id, key_hash, key_name, key_grants, key_source, key_expires_at);
    RETURN true;
END
$$;


-- Whether the caller may do with the log what its owner may.
CREATE FUNCTION is_events_owner() RETURNS boolean
    LANGUAGE sql STABLE AS
$$
    SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = 'events'::regclass
$$;


-- Drops the oldest partition that is wholly below this id, never that of the newest event: its name, null when there is
-- none. For those who don't own the log; who does detaches concurrently, which no function can.
--
-- It needs the log for itself for a moment. The order lock keeps appends out of it, which wait their turn as always; the
-- lock timeout, which is also the longest that they wait more, ends it when somebody reads for longer: the next call
-- tries again.
CREATE FUNCTION drop_expired_events_partition(retained_from bigint) RETURNS text
    LANGUAGE plpgsql VOLATILE SET lock_timeout = '200ms' AS
$$
DECLARE
    expired record;
BEGIN
    PERFORM pg_advisory_xact_lock(7305806, 1);
    SELECT e.partition, e.step INTO expired
    FROM events_expired_partitions(least(retained_from, events_head())) e LIMIT 1;
    IF expired.partition IS NULL THEN
        RETURN NULL;
    END IF;
    IF expired.step = 'finalize' THEN
        EXECUTE format('ALTER TABLE events DETACH PARTITION %I FINALIZE', expired.partition);
    ELSIF expired.step = 'detach' THEN
        EXECUTE format('LOCK TABLE ONLY events, %I IN ACCESS EXCLUSIVE MODE', expired.partition);
    END IF;
    EXECUTE format('DROP TABLE %I', expired.partition);
    RETURN expired.partition;
END
$$;


-- The functions that write. The path is pinned, temporary tables last, so that no caller can put objects of its own in
-- place of the log's; whoever may not create anything in this schema has no other way to.
DO
$$
DECLARE
    writing regprocedure;
BEGIN
    FOR writing IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = current_schema())
          AND p.proname IN (
              'append_events', 'renew_events_epoch', 'maintain_events', 'delete_expired_events',
              'drop_expired_events_partition', 'drop_expired_idempotency_keys', 'create_api_key', 'delete_api_key',
              'use_api_key', 'create_ticket', 'take_ticket')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp', writing, current_schema());
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', writing);
    END LOOP;
END
$$;
