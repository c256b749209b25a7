package io.eventhandler.helm;

/** Values that the chart is rendered with. */
enum ChartValues {
    DEFAULTS(""),

    ONE_REPLICA("replicas: 1"),

    AUTOSCALED("autoscaling: {enabled: true, connections: 1000000}"),

    AUTOSCALED_FROM_ONE("autoscaling: {enabled: true, minReplicas: 1}"),

    URL_IN_A_SECRET("database: {existingSecret: {name: database, key: uri}}"),

    URLS_IN_A_SECRET("database: {existingSecret: {name: database, key: pooled, listenKey: direct}}"),

    LISTEN_URL_APART(
            "database: {existingSecret: {name: database}, listenUrl: 'postgresql://me:secret@direct:5432/events'}"),

    KEYS("auth: {mode: required, existingSecret: {name: access}}"),

    JWKS(
            "auth: {mode: required, jwt: {jwksUrl: 'https://id.example.com/keys', issuer: id.example.com, audience: events}}"),

    JWT_PUBLIC_KEY("""
            auth:
              mode: required
              existingSecret: {name: access, jwtPublicKey: tls.crt}
              jwt: {issuer: id.example.com, audience: events}
            """),

    JWT_SECRET("""
            auth:
              mode: required
              existingSecret: {name: access, adminKey: '', jwtSecret: '1'}
              jwt: {issuer: id.example.com, audience: events}
            """),

    INGRESS("""
            ingress:
              enabled: true
              className: nginx
              hosts: [events.example.com]
              tls: [{secretName: events-tls, hosts: [events.example.com]}]
            """),

    GATEWAY("""
            httpRoute:
              enabled: true
              parentRefs: [{name: public, namespace: gateways, sectionName: https}]
              hostnames: [events.example.com]
            """),

    MIGRATED_BY_A_JOB("""
            migration: {mode: job}
            settings: {MAX_CONNECTIONS: 50000}
            """),

    MIGRATED_BY_THE_OWNER("migration: {mode: job, existingSecret: {name: database, key: owner}}"),

    TLS("""
            settings: {TLS_CERT_FILE: /tls/tls.crt, TLS_KEY_FILE: /tls/tls.key}
            extraVolumes: [{name: tls, secret: {secretName: access}}]
            extraVolumeMounts: [{name: tls, mountPath: /tls, readOnly: true}]
            """),

    SLOW_DRAIN("""
            drain: {preStopSeconds: 15, delaySeconds: 20, windowSeconds: 60}
            publishTimeoutSeconds: 30
            """),

    OWN_POSTGRES("""
            database: {url: ""}
            postgresql: {enabled: true, password: trial, storage: {className: fast}}
            networkPolicy: {enabled: true}
            """),

    EVERYTHING_ON("""
            image: {repository: registry.example.com/event-handler, tag: '1.0', pullPolicy: Always}
            imagePullSecrets: [{name: registry}]
            auth:
              mode: required
              existingSecret: {name: access, adminKey: admin, jwtPublicKey: jwt}
              jwt: {issuer: id.example.com, audience: events}
            migration: {mode: job}
            settings: {RETENTION: 30d, MAX_CONNECTIONS: 10000000, LOG_LEVEL: debug}
            extraEnv: [{name: EXTRA, valueFrom: {secretKeyRef: {name: database, key: extra}}}]
            javaOptions: -XX:+UseZGC
            drain: {preStopSeconds: 5}
            autoscaling: {enabled: true, connections: 20000}
            serviceAccount: {annotations: {eks.amazonaws.com/role-arn: arn}}
            service: {type: LoadBalancer, port: 8000, annotations: {a: b}}
            ingress: {enabled: true, hosts: [a.example.com, b.example.com]}
            httpRoute: {enabled: true, parentRefs: [{name: public}], annotations: {a: b}}
            networkPolicy:
              enabled: true
              from: [{namespaceSelector: {matchLabels: {events: allowed}}}]
              extraEgress: [{ports: [{port: 4318}]}]
            metrics:
              serviceMonitor: {enabled: true, labels: {release: prometheus}}
              prometheusRule: {enabled: true, labels: {release: prometheus}}
              dashboard: {enabled: true}
            affinity: {nodeAffinity: {}}
            nodeSelector: {kubernetes.io/arch: arm64}
            tolerations: [{key: dedicated, operator: Exists}]
            priorityClassName: important
            podAnnotations: {a: b}
            podLabels: {c: d}
            extraVolumes: [{name: ca, configMap: {name: ca}}]
            extraVolumeMounts: [{name: ca, mountPath: /etc/postgresql, readOnly: true}]
            """),

    EVERYTHING_OFF("""
            replicas: 0
            serviceAccount: {create: false}
            topologySpread: false
            drain: {delaySeconds: 0, windowSeconds: 0}
            terminationGracePeriodSeconds: 0
            networkPolicy: {metricsFrom: []}
            ingress: {annotations: null}
            """);

    private static final String DATABASE = "database: {url: 'postgresql://me:secret@host:5432/events'}\n";

    final String yaml;

    ChartValues(String yaml) {
        this.yaml = complete(yaml);
    }

    /** These values, and what must be chosen where they don't: a database, and who is let in. */
    static String complete(String yaml) {
        return (yaml.matches("(?s)(.*\\n)?database:.*") ? "" : DATABASE)
                + (yaml.matches("(?s)(.*\\n)?auth:.*") ? "" : "auth: {mode: none}\n")
                + yaml;
    }
}
