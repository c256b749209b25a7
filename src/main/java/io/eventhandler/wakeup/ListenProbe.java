package io.eventhandler.wakeup;

import io.eventhandler.postgres.DatabaseUrl;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Finds out whether notifications reach who listens at an address, on a channel that nobody else uses. */
public final class ListenProbe {

    private static final String CHANNEL = "eventhandler_check";

    private ListenProbe() {}

    /**
     * Listens there, and waits for what another connection sends.
     *
     * @param url not of a pooler that shares sessions, in which LISTEN would stay
     * @param sender where replicas write
     * @param deadline of each step
     * @return whether it arrived
     * @throws SQLException when nobody can listen there, or not send
     */
    public static boolean arrives(DatabaseUrl url, String applicationName, Connection sender, Duration deadline)
            throws SQLException, InterruptedException {
        String sent = UUID.randomUUID().toString();
        var arrived = new CountDownLatch(1);
        ListenConnection listening = ListenConnection.open(
                url, CHANNEL, applicationName, deadline, (payload, pid) -> countDown(arrived, sent, payload));
        try (PreparedStatement send = sender.prepareStatement("SELECT pg_notify(?, ?)")) {
            send.setString(1, CHANNEL);
            send.setString(2, sent);
            send.execute();
            return arrived.await(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            listening.close();
        }
    }

    private static void countDown(CountDownLatch arrived, String sent, String payload) {
        if (payload.equals(sent)) {
            arrived.countDown();
        }
    }
}
