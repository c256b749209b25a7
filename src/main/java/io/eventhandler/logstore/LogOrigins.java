package io.eventhandler.logstore;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;

/** The numbers under which the database knows those who log; remembers some thousands of them for a day. For one thread. */
final class LogOrigins {

    /** Stands for one that is not known. */
    static final LogOrigin UNKNOWN = new LogOrigin("unknown_service", null, null);

    private static final int MAX_REMEMBERED = 10_000;
    private static final String NUMBERS = "SELECT service_id, origin_id FROM log_origin(?, ?, ?)";

    /** Of an origin and its service. */
    record Numbers(int service, int origin) {}

    private final Map<LogOrigin, Numbers> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<LogOrigin, Numbers> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };

    private LocalDate day = LocalDate.MIN;

    /** Has the database told again that they log: once a day, as it forgets who has not for longer than it keeps records. */
    void beginBatch() {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        if (!today.equals(day)) {
            remembered.clear();
            day = today;
        }
    }

    /** The batch was not stored, and what the database gave out for it neither. */
    void forget() {
        remembered.clear();
    }

    Numbers of(LogOrigin origin, Connection connection) throws SQLException {
        Numbers known = remembered.get(origin);
        if (known == null) {
            known = ask(origin, connection);
            remembered.put(origin, known);
        }
        return known;
    }

    private static Numbers ask(LogOrigin origin, Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(NUMBERS)) {
            statement.setString(1, origin.service());
            statement.setString(2, origin.logger());
            statement.setString(3, origin.resource());
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return new Numbers(rows.getInt(1), rows.getInt(2));
            }
        }
    }
}
