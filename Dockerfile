# The build: the same Maven as everywhere. PostgreSQL, which the build starts for a moment, refuses root.
FROM maven:3-eclipse-temurin-25 AS build
RUN useradd --create-home build
USER build
WORKDIR /home/build/event-handler
COPY --chown=build pom.xml ./
COPY --chown=build migrations migrations
COPY --chown=build src src
# The ahead-of-time cache fits the JVM that trained it, so the image takes that very one along.
RUN jlink --add-modules java.se,jdk.management,jdk.unsupported --no-header-files --no-man-pages \
      --output /home/build/java \
 && SERVICE_JAVA_HOME=/home/build/java mvn -B -q -Paot -Dspotless.check.skip package exec:exec \
 && rm -f target/lib/embedded-postgres-binaries-*.jar

FROM debian:stable-slim
RUN useradd --system --uid 10001 --home-dir /app eventhandler
WORKDIR /app
COPY --from=build /home/build/java /opt/java
COPY --from=build /home/build/event-handler/target/lib lib
COPY --from=build /home/build/event-handler/target/event-handler.jar /home/build/event-handler/target/event-handler.aot ./
USER 10001
ENV PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/$PORT && printf 'GET /health/live HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q '200 OK' <&3"]
ENTRYPOINT ["/opt/java/bin/java", "-Xms64m", "-XX:+UseCompactObjectHeaders", "-XX:AOTCache=event-handler.aot", \
  "-jar", "event-handler.jar"]
