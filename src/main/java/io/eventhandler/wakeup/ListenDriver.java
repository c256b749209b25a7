package io.eventhandler.wakeup;

import com.impossibl.postgres.jdbc.PGDriver;
import io.eventhandler.postgres.ClientKey;
import io.eventhandler.postgres.DatabaseUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** The driver that pushes notifications. Its connections are for one thread, but for closing them. */
final class ListenDriver {

    private static final java.util.logging.Logger DRIVER_LOG = java.util.logging.Logger.getLogger("com.impossibl");

    static {
        // One quiet connection needs none of Netty's native code, of which current JDKs warn.
        System.setProperty("io.netty.noUnsafe", "true");
        System.setProperty("io.netty.transport.noNative", "true");
        DRIVER_LOG.setLevel(java.util.logging.Level.OFF); // what it says there, it also throws
    }

    private ListenDriver() {}

    /** Connects to one of the hosts. */
    static Connection connect(DatabaseUrl url, DatabaseUrl.Host host, String applicationName, Duration timeout)
            throws SQLException {
        Properties properties = url.listenProperties();
        properties.setProperty("application.name", applicationName);
        properties.setProperty("network.timeout", String.valueOf(timeout.toMillis()));
        ClientKey key = url.clientKey();
        @Nullable Path der = null;
        try {
            if (key != null && key.isPem()) { // which the driver can't read
                der = key.writeDer();
                properties.setProperty("ssl.key.file", der.toString());
            }
            Connection connection = new PGDriver().connect(url.listenUrl(host), properties);
            if (connection == null) {
                throw new SQLException("the LISTEN driver does not accept " + url.listenUrl(host));
            }
            connection.setNetworkTimeout(Runnable::run, (int) timeout.toMillis());
            return connection;
        } catch (IOException e) {
            throw new SQLException("the client's key can't be written in DER for LISTEN: " + e.getMessage(), e);
        } finally {
            delete(der);
        }
    }

    private static void delete(@Nullable Path file) throws SQLException {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new SQLException("the client's key in DER can't be removed: " + e.getMessage(), e);
        }
    }
}
