package com.example.billing;

import io.eventhandler.client.JdbcCursor;
import io.eventhandler.client.SubscribeOptions;
import io.eventhandler.event.Event;
import io.eventhandler.event.NewEvent;
import io.eventhandler.service.BaseMicroservice;
import io.eventhandler.service.SettingsReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.postgresql.ds.PGSimpleDataSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Bills each {@code order.placed} in a database of its own, exactly once, and emits it as {@code invoice.created}. The invoice, and
 * that the event was handled, are committed together.
 */
public class Billing extends BaseMicroservice {

    private static final JsonMapper JSON = new JsonMapper();

    private final PGSimpleDataSource database = new PGSimpleDataSource();

    protected Billing() {
        super("billing");
    }

    public static void main(String[] arguments) {
        new Billing().runAndExit();
    }

    @Override
    protected void configure(SettingsReader settings) {
        String url = settings.required("BILLING_DATABASE", "the JDBC URL of the invoices' database", value -> value);
        database.setUrl(url == null ? "jdbc:postgresql:" : url);
    }

    @Override
    protected void onStart() throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.createStatement().execute("""
                    CREATE TABLE IF NOT EXISTS invoice (number bigint PRIMARY KEY, placed text NOT NULL, amount int NOT NULL)""");
        }
        var cursor = new JdbcCursor(database, "billing");
        cursor.createTable();
        on(
                "order.placed",
                SubscribeOptions.of("order.placed").fromEarliest().cursor(cursor),
                cursor.inTransaction(this::bill));
        log.info("bills orders");
    }

    /** May be called again for an order after a crash, and emits the same again: the key lets it be stored once. */
    protected void bill(Connection connection, Event placed) throws SQLException {
        JsonNode order = JSON.readTree(placed.payload());
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO invoice (number, placed, amount) VALUES (?, ?, ?)")) {
            insert.setLong(1, placed.id());
            insert.setString(2, order.get("order").asString());
            insert.setInt(3, order.get("price").asInt());
            insert.executeUpdate();
        }
        var invoice = JSON.createObjectNode().put("number", placed.id()).set("order", order.get("order"));
        emit(new NewEvent("invoice.created", name(), JSON.writeValueAsBytes(invoice), null, "invoice " + placed.id()));
    }
}
