package io.eventhandler.web;

import java.nio.ByteBuffer;
import java.nio.channels.WritePendingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends connections whose client has begun a request and does not come to the end of its headers, with a 408, and those that do not come to the end of
 * their TLS handshake. Looks at all
 * connections now and then: most requests come in one piece, and cost nothing.
 */
final class HeaderDeadline extends AbstractLifeCycle {

    private static final Logger LOG = LoggerFactory.getLogger(HeaderDeadline.class);
    private static final String BEGUN = HeaderDeadline.class.getName();
    private static final String NO_CIPHER_SUITE = "SSL_NULL_WITH_NULL_NULL";
    private static final int LOOKS = 4; // in the time that the headers may take

    private final ServerConnector connector;
    private final Duration timeout;
    private final byte[] answer;
    private volatile Scheduler.@Nullable Task next;

    /**
     * A request that was seen to be incomplete.
     *
     * @param number among those of its connection
     */
    private record Begun(long number, long nanos) {}

    HeaderDeadline(ServerConnector connector, Duration timeout) {
        this.connector = connector;
        this.timeout = timeout;
        this.answer = answer(timeout);
    }

    @Override
    protected void doStart() {
        schedule();
    }

    @Override
    protected void doStop() {
        Scheduler.Task task = next;
        if (task != null) {
            task.cancel();
        }
    }

    private void schedule() {
        next = connector.getScheduler().schedule(this::look, timeout.toMillis() / LOOKS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        if (!isRunning()) {
            return;
        }
        try {
            long now = System.nanoTime();
            for (EndPoint endPoint : connector.getConnectedEndPoints()) {
                Connection connection = endPoint.getConnection();
                if (connection instanceof SslConnection tls) {
                    lookAtHandshake(tls);
                    connection = tls.getSslEndPoint().getConnection();
                }
                if (connection instanceof HttpConnection http) {
                    look(http, now);
                }
            }
        } finally {
            schedule();
        }
    }

    /** Until the handshake is complete, a session has no cipher suite. */
    private void lookAtHandshake(SslConnection tls) {
        EndPoint endPoint = tls.getEndPoint();
        if (System.currentTimeMillis() - endPoint.getCreatedTimeStamp() > timeout.toMillis()
                && tls.getSSLEngine().getSession().getCipherSuite().equals(NO_CIPHER_SUITE)) {
            endPoint.close();
        }
    }

    private void look(HttpConnection connection, long now) {
        HttpParser parser = connection.getParser();
        if (parser.isStart() || !parser.inHeaderState()) {
            return;
        }
        long number = connection.getMessagesIn();
        if (!(connection.getAttribute(BEGUN) instanceof Begun begun) || begun.number != number) {
            connection.setAttribute(BEGUN, new Begun(number, now));
        } else if (now - begun.nanos > timeout.toNanos()) {
            end(connection.getEndPoint());
        }
    }

    /** Nothing is being answered on a connection that is in the midst of its headers. */
    private void end(EndPoint endPoint) {
        try {
            endPoint.write(Callback.from(endPoint::close, failure -> endPoint.close()), ByteBuffer.wrap(answer));
        } catch (WritePendingException e) {
            LOG.debug("the headers have come after all: {} is being answered", endPoint);
        }
    }

    private static byte[] answer(Duration timeout) {
        byte[] body = Envelope.error("the headers took too long: they must come within " + timeout.toMillis() + " ms");
        String head =
                "HTTP/1.1 408 Request Timeout\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                        .formatted(HttpAnswer.JSON, body.length);
        return (head + new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    }
}
