package io.eventhandler.testing;

/** An event log in small partitions on a database of its own, filled and aged through SQL. */
public final class TestLog {

    private final TestDatabase database;

    private TestLog(TestDatabase database) {
        this.database = database;
    }

    /** Makes an empty log with partitions of this many ids. */
    public static TestLog create(int partitionSize) {
        TestDatabase database = TestDatabase.create();
        database.migrate();
        database.execute(
                "CREATE OR REPLACE FUNCTION events_partition_size() RETURNS bigint LANGUAGE sql IMMUTABLE RETURN "
                        + partitionSize);
        return new TestLog(database);
    }

    public TestDatabase database() {
        return database;
    }

    /** A statement that appends this many events of the name test with the payload 1. */
    public String appending(int count) {
        return appending(count, "'test'", "'1'", "'test'");
    }

    /** A statement that appends this many events, whose name, payload and source are SQL of their number n, from 1 on. */
    public String appending(int count, String name, String payload, String source) {
        return """
               SELECT first_id FROM append_events(gen_random_uuid(),
                   ARRAY(SELECT (%2$s)::text FROM generate_series(1, %1$d) AS numbers (n)),
                   ARRAY(SELECT (%3$s)::text FROM generate_series(1, %1$d) AS numbers (n)),
                   ARRAY(SELECT (%4$s)::text FROM generate_series(1, %1$d) AS numbers (n)),
                   array_fill(NULL::text, ARRAY[%1$d]))""".formatted(count, name, payload, source);
    }

    /** Appends this many events, at most a partition's size at once; returns the first id. */
    public long append(int count) {
        long first = database.queryLong("SELECT events_head()") + 1;
        for (int left = count; left > 0; left -= 500) {
            database.query(appending(Math.min(left, 500)));
        }
        return first;
    }

    /** Makes all events older by this interval. */
    public void age(String interval) {
        database.execute("UPDATE events SET created_at = created_at - interval '%s'".formatted(interval));
    }
}
