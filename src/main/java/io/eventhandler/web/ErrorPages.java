package io.eventhandler.web;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.json.Excerpt;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last resort: answers in the envelope what Jetty refuses before any handler sees it, such as a broken request line,
 * and whatever a handler throws. What was thrown is said in the log alone.
 */
final class ErrorPages extends ErrorHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ErrorPages.class);

    private final ActivityLog activity;

    ErrorPages(ActivityLog activity) {
        this.activity = activity;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        @Nullable Throwable cause = (Throwable) request.getAttribute(ERROR_EXCEPTION);
        ApiException error = error(response.getStatus(), (String) request.getAttribute(ERROR_MESSAGE), cause);
        if (error.status() == HttpStatus.INTERNAL_SERVER_ERROR_500) {
            LOG.error(
                    "{} {} failed",
                    Excerpt.of(request.getMethod()),
                    Excerpt.of(String.valueOf(request.getHttpURI().getCanonicalPath())),
                    cause);
        }
        HttpAnswer.error(request, response, callback, error, activity);
        return true;
    }

    private static ApiException error(int status, @Nullable String message, @Nullable Throwable cause) {
        if (cause instanceof ApiException error) {
            return error;
        }
        if (cause instanceof EofException) { // of the client's making, who is there no more
            return new ApiException(HttpStatus.BAD_REQUEST_400, "the connection ended before the request did");
        }
        if (status == HttpStatus.INTERNAL_SERVER_ERROR_500 || (cause != null && !(cause instanceof HttpException))) {
            return ApiException.internal();
        }
        return new ApiException(status, message == null ? HttpStatus.getMessage(status) : message);
    }
}
