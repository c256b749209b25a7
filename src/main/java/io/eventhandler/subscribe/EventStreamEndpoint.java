package io.eventhandler.subscribe;

import io.eventhandler.access.Principal;
import io.eventhandler.activity.ActivityLog;
import io.eventhandler.eventlog.read.BeyondHeadException;
import io.eventhandler.eventlog.read.EventsRemovedException;
import io.eventhandler.eventlog.read.HistoryException;
import io.eventhandler.fanout.Hub;
import io.eventhandler.feed.ReplayPages;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Caller;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.Routes;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Answers {@code GET /events/stream} with a stream of server-sent events. Thread-safe. */
public final class EventStreamEndpoint implements Endpoint {

    private static final String PATH = "/events/stream";

    private final Hub hub;
    private final ReplayPages pages;
    private final ActivityLog activity;
    private final OpenConnections connections;
    private final Executor blocking;

    /**
     * @param blocking where the log may be asked whether it can be replayed
     */
    public EventStreamEndpoint(
            Hub hub, ReplayPages pages, ActivityLog activity, OpenConnections connections, Executor blocking) {
        this.hub = hub;
        this.pages = pages;
        this.activity = activity;
        this.connections = connections;
        this.blocking = blocking;
    }

    @Override
    public void addTo(Routes routes) {
        routes.stream(PATH, this::answer);
    }

    private boolean answer(Request request, Response response, Callback callback) {
        try {
            EventStreamRequest wanted = read(request);
            if (HttpMethod.HEAD.is(request.getMethod())) {
                EventStream.putHeaders(response);
                response.write(true, BufferUtil.EMPTY_BUFFER, callback);
                return true;
            }
            Long after = wanted.after();
            if (after == null || pages.reader().isRecent(after, hub.position())) {
                open(request, response, callback, wanted);
            } else {
                blocking.execute(() -> {
                    try {
                        check(after);
                        open(request, response, callback, wanted);
                    } catch (ApiException e) {
                        refuse(request, response, callback, e);
                    } catch (RuntimeException | Error e) {
                        Response.writeError(request, response, callback, e);
                    }
                });
            }
        } catch (ApiException e) {
            refuse(request, response, callback, e);
        }
        return true;
    }

    private EventStreamRequest read(Request request) {
        @Nullable ApiException refusal = connections.refusal(ConnectionIdentity.of(request));
        if (refusal != null) {
            throw refusal;
        }
        EventStreamRequest wanted = EventStreamRequest.read(
                        request, connections.limits().maxSubscriptions())
                .allowedTo(Caller.of(request, Principal.class));
        @Nullable String otherEpoch = connections.fault(wanted.epoch(), wanted.after());
        if (otherEpoch != null) {
            throw new ApiException(409, otherEpoch);
        }
        return wanted;
    }

    private void check(long after) {
        try {
            pages.reader().check(after);
        } catch (BeyondHeadException e) {
            throw ApiException.invalid(String.valueOf(e.getMessage()));
        } catch (EventsRemovedException e) {
            throw new ApiException(410, String.valueOf(e.getMessage()));
        } catch (HistoryException e) {
            throw ApiException.unavailable("the database does not answer, try again");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ApiException.unavailable("the service is stopping");
        }
    }

    private void open(Request request, Response response, Callback callback, EventStreamRequest wanted) {
        new EventStream(request, response, callback, hub, pages, activity, connections).open(wanted);
    }

    private void refuse(Request request, Response response, Callback callback, ApiException error) {
        HttpAnswer.error(request, response, callback, error, activity);
    }
}
