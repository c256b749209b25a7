package io.eventhandler.eventlog;

import io.eventhandler.postgres.Database;
import org.jooq.DSLContext;

/** The log over one pool of connections. Safe for concurrent use; every call may throw jOOQ's {@code DataAccessException}. */
public final class EventLog {

    /** The channel on which {@code append_events} notifies. */
    public static final String CHANNEL = "eventhandler";

    private final Database database;

    public EventLog(Database database) {
        this.database = database;
    }

    /** Whether the database takes events: a standby doesn't. */
    public boolean isWritable() {
        return "off".equals(sql().fetchSingle("SHOW transaction_read_only").get(0, String.class));
    }

    /** For the log's own statements, each in a transaction of its own unless it opens one. */
    public DSLContext sql() {
        return database.sql();
    }
}
