package io.eventhandler.docs;

import io.eventhandler.web.Endpoint;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.Routes;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/** Answers {@code GET} of {@code /openapi.json}, {@code /asyncapi.json} and {@code /docs}. */
public final class DocsEndpoint implements Endpoint {

    private final Document openApi = Document.read("openapi.json", HttpAnswer.JSON);
    private final Document asyncApi = Document.read("asyncapi.json", HttpAnswer.JSON);
    private final Document page = Document.read("docs.html", "text/html;charset=utf-8");

    @Override
    public void addTo(Routes routes) {
        add("/openapi.json", openApi, routes);
        add("/asyncapi.json", asyncApi, routes);
        add("/docs", page, routes);
    }

    private static void add(String path, Document document, Routes routes) {
        routes.openGet(path, context -> answer(context, document));
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
