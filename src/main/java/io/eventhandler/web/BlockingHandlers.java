package io.eventhandler.web;

import java.time.Duration;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Runs the handlers inside it on threads where they may block. What stands in front of it runs on the server's selector
 * threads, which saves a hand-over per request, and must not block.
 */
final class BlockingHandlers extends Handler.Wrapper {

    /** How long a client may neither send nor read while a thread waits for it. */
    private static final Duration STALL_TIMEOUT = Duration.ofSeconds(30);

    private final Executor threads;

    BlockingHandlers(Executor threads, Handler inside) {
        super(inside);
        this.threads = threads;
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        EndPoint connection = request.getConnectionMetaData().getConnection().getEndPoint();
        long keepAlive = connection.getIdleTimeout();
        connection.setIdleTimeout(STALL_TIMEOUT.toMillis());
        Request.addCompletionListener(request, failure -> connection.setIdleTimeout(keepAlive));
        threads.execute(() -> {
            try {
                if (!super.handle(request, response, callback)) {
                    Response.writeError(request, response, callback, 404);
                }
            } catch (Throwable e) {
                Response.writeError(request, response, callback, e);
            }
        });
        return true;
    }
}
