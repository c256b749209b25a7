package io.eventhandler.web;

import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;

/**
 * An answer of any length, written at the pace of its reader. Close it in any case: unless it was {@link #complete}, this
 * ends the connection, so that the client sees that the answer is not whole; or forgets what nothing was sent of yet. For
 * one thread, which may block.
 */
public final class StreamedAnswer implements AutoCloseable {

    private final HttpServletResponse response;
    private final EndPoint connection;
    private final long idleTimeout;
    private final OutputStream out;
    private boolean complete;

    /**
     * @param stallTimeout how long a client may read nothing
     */
    public StreamedAnswer(Context context, String contentType, Duration stallTimeout) throws IOException {
        context.status(200).contentType(contentType);
        response = context.res();
        connection = ServletContextRequest.getServletContextRequest(context.req())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint();
        idleTimeout = connection.getIdleTimeout();
        connection.setIdleTimeout(stallTimeout.toMillis());
        out = response.getOutputStream();
    }

    /**
     * Writes this, when there is enough for a write.
     *
     * @throws IOException when the client has gone, or reads nothing
     */
    public void write(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    /**
     * Writes what there is, now.
     *
     * @throws IOException when the client has gone, or reads nothing
     */
    public void flush() throws IOException {
        out.flush();
    }

    /** Everything was written. */
    public void complete() {
        complete = true;
        connection.setIdleTimeout(idleTimeout);
    }

    @Override
    public void close() {
        if (complete) {
            return;
        }
        if (response.isCommitted()) {
            connection.close();
        } else {
            connection.setIdleTimeout(idleTimeout);
            response.reset();
        }
    }
}
