package io.eventhandler.docs;

import io.eventhandler.web.Endpoint;
import io.eventhandler.web.WebServer;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/** Answers {@code GET} and {@code HEAD} of {@code /openapi.json}, {@code /asyncapi.json} and {@code /docs}. */
public final class DocsEndpoint implements Endpoint {

    private final Document openApi = Document.read("openapi.json", WebServer.JSON);
    private final Document asyncApi = Document.read("asyncapi.json", WebServer.JSON);
    private final Document page = Document.read("docs.html", "text/html;charset=utf-8");

    @Override
    public void addTo(RoutesConfig routes) {
        add("/openapi.json", openApi, routes);
        add("/asyncapi.json", asyncApi, routes);
        add("/docs", page, routes);
    }

    /** HEAD answers with the headers of GET, which Javalin by itself does not. */
    private static void add(String path, Document document, RoutesConfig routes) {
        routes.get(path, context -> answer(context, document));
        routes.head(path, context -> answer(context, document));
    }

    private static void answer(Context context, Document document) {
        context.header("ETag", document.etag()).header("Cache-Control", "no-cache");
        @Nullable String known = context.header("If-None-Match");
        if (known != null && (known.contains(document.etag()) || known.strip().equals("*"))) {
            context.status(304);
        } else {
            context.res().setContentLength(document.content().length);
            context.contentType(document.contentType()).result(document.content());
        }
    }
}
