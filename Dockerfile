# Needs BuildKit, as Docker has had it by default since version 23. Any base with a JDK 25, Maven and useradd builds; any with
# glibc runs, with or without a shell. The digests are of August 2026; `docker buildx imagetools inspect <tag>` shows newer ones.
ARG BUILD_IMAGE=maven:3.9-eclipse-temurin-25@sha256:7e461cec477077c1d9e50b13df8aef9018764410f4c4cd7c34803f10c4c99e4c
ARG RUNTIME_IMAGE=debian:trixie-slim@sha256:d7e12182ce18b85b93007c1dedf31f2d29e01ccf3182cc4017c709b6259bc132

FROM ${BUILD_IMAGE} AS build
# PostgreSQL, which the build starts for a moment, refuses root.
RUN useradd --create-home --uid 65532 build
# The modules of the service and its libraries, and what operators attach: agents, jcmd and flight recordings. All files are
# given one date, here and below, so that a layer changes only when its content does.
RUN jlink --no-header-files --no-man-pages --output /opt/jre --add-modules \
java.compiler,java.instrument,java.logging,java.management,java.naming,java.net.http,java.rmi,java.security.jgss,\
java.security.sasl,java.sql,java.transaction.xa,java.xml,jdk.httpserver,jdk.jcmd,jdk.jfr,jdk.management,\
jdk.management.agent,jdk.security.auth,jdk.unsupported,jdk.zipfs \
 && find /opt/jre -exec touch --no-dereference --date=2026-01-01 {} +
USER build
WORKDIR /home/build/event-handler
COPY --chown=build pom.xml ./
COPY --chown=build migrations migrations
COPY --chown=build src src
# The ahead-of-time cache fits the JVM that trained it, which is the one that the image takes along.
RUN --mount=type=cache,target=/home/build/.m2,uid=65532 \
    mvn -B -q -Paot package \
 && rm target/lib/embedded-postgres-binaries-*.jar \
 && find target/lib target/event-handler.jar target/bom.json -exec touch --date=2026-01-01 {} + \
 && SERVICE_JAVA_HOME=/opt/jre mvn -B -q -Paot exec:exec

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="Event Handler" \
      org.opencontainers.image.description="An ordered event log in PostgreSQL, a wake-up by NOTIFY, and a fan-out on every replica." \
      org.opencontainers.image.version="0.1.0-SNAPSHOT" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=build --chown=0:0 /opt/jre /opt/jre
COPY --from=build --chown=0:0 /home/build/event-handler/target/lib lib
COPY --from=build --chown=0:0 /home/build/event-handler/target/event-handler.jar /home/build/event-handler/target/event-handler.aot \
  /home/build/event-handler/target/bom.json ./
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/jre/bin/java", "-Xms64m", "-XX:MaxRAMPercentage=60", "-XX:+UseCompactObjectHeaders", "-XX:+ExitOnOutOfMemoryError", \
  "-XX:AOTCache=/app/event-handler.aot", "-jar", "/app/event-handler.jar"]
