# The build: the same Maven as everywhere. PostgreSQL, which the build starts for a moment, refuses root.
FROM maven:3-eclipse-temurin-25 AS build
RUN useradd --create-home build
USER build
WORKDIR /home/build/event-handler
COPY --chown=build pom.xml ./
COPY --chown=build migrations migrations
COPY --chown=build src src
RUN mvn -B -q -DskipTests -Dspotless.check.skip package \
 && rm -f target/lib/embedded-postgres-binaries-*.jar

FROM eclipse-temurin:25-jre
RUN useradd --system --uid 10001 --home-dir /app eventhandler
WORKDIR /app
COPY --from=build /home/build/event-handler/target/lib lib
COPY --from=build /home/build/event-handler/target/event-handler.jar ./
USER 10001
ENV PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/$PORT && printf 'GET /health/live HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q '200 OK' <&3"]
ENTRYPOINT ["java", "-Xms64m", "-XX:+UseCompactObjectHeaders", "-jar", "event-handler.jar"]
