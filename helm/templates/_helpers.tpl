{{- define "event-handler.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | replace "." "-" | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "event-handler.serviceName" -}}
{{ include "event-handler.fullname" . }}-service
{{- end -}}

{{- define "event-handler.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "event-handler.labels" -}}
{{ include "event-handler.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "event-handler.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end -}}
{{- end -}}

{{- define "event-handler.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "event-handler.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{/* How many replicas there are at least. */}}
{{- define "event-handler.minReplicas" -}}
{{ ternary .Values.autoscaling.minReplicas .Values.replicas .Values.autoscaling.enabled | int }}
{{- end -}}

{{/* What the service needs from SIGTERM to its end, and the preStop before it: the bound of the drain. */}}
{{- define "event-handler.gracePeriod" -}}
{{- $drain := .Values.drain -}}
{{- $bound := add $drain.preStopSeconds $drain.delaySeconds $drain.windowSeconds .Values.publishTimeoutSeconds 5 -}}
{{ max $bound .Values.terminationGracePeriodSeconds }}
{{- end -}}

{{/* The service's settings that are no secret. */}}
{{- define "event-handler.settings" -}}
PORT: "8080"
MANAGEMENT_PORT: "8081"
MIGRATE_AT_START: {{ eq .Values.migration.mode "start" | quote }}
DRAIN_DELAY: {{ int .Values.drain.delaySeconds }}s
DRAIN_WINDOW: {{ int .Values.drain.windowSeconds }}s
PUBLISH_TIMEOUT: {{ int .Values.publishTimeoutSeconds }}s
{{- range $name, $value := .Values.settings }}
{{ $name }}: {{ ternary (int64 $value) $value (kindIs "float64" $value) | toString | quote }}
{{- end }}
{{- end -}}

{{/* What the service speaks at its port: https when settings or extraEnv name a certificate. */}}
{{- define "event-handler.scheme" -}}
{{- $tls := hasKey .Values.settings "TLS_CERT_FILE" -}}
{{- range .Values.extraEnv }}{{ if eq .name "TLS_CERT_FILE" }}{{ $tls = true }}{{ end }}{{ end -}}
{{ ternary "https" "http" $tls }}
{{- end -}}

{{/* Who is let in, as far as it is no secret. */}}
{{- define "event-handler.authSettings" -}}
AUTH: {{ .Values.auth.mode }}
{{- if eq .Values.auth.mode "required" }}
{{- with .Values.auth.jwt.jwksUrl }}
JWT_JWKS_URL: {{ quote . }}
{{- end }}
{{- with .Values.auth.jwt.issuer }}
JWT_ISSUER: {{ quote . }}
{{- end }}
{{- with .Values.auth.jwt.audience }}
JWT_AUDIENCE: {{ quote . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The key of auth.existingSecret that holds this, called .key; empty when there is none or nobody needs it. */}}
{{- define "event-handler.authKey" -}}
{{- $auth := .root.Values.auth -}}
{{- if and (eq $auth.mode "required") $auth.existingSecret.name }}{{ get $auth.existingSecret .key }}{{ end -}}
{{- end -}}

{{/* A variable, called .name, from the key of auth.existingSecret that is called .key; nothing when there is none. */}}
{{- define "event-handler.authVariable" -}}
{{- with include "event-handler.authKey" . }}
- name: {{ $.name }}
  valueFrom:
    secretKeyRef:
      name: {{ $.root.Values.auth.existingSecret.name }}
      key: {{ quote . }}
{{- end }}
{{- end -}}

{{/* What the Secret that the chart makes holds; empty when it makes none. */}}
{{- define "event-handler.secret" -}}
{{- with .Values.database.url }}
DATABASE_URL: {{ quote . }}
{{- end }}
{{- with .Values.database.listenUrl }}
DATABASE_LISTEN_URL: {{ quote . }}
{{- end }}
{{- if .Values.postgresql.enabled }}
POSTGRES_PASSWORD: {{ quote .Values.postgresql.password }}
DATABASE_URL: postgresql://eventhandler:{{ .Values.postgresql.password }}@{{ include "event-handler.fullname" . }}-postgresql:5432/eventhandler
{{- end }}
{{- end -}}

{{/* The variables that hold secrets, from the user's Secret or from that of the chart, which is called .secret. */}}
{{- define "event-handler.databaseEnv" -}}
{{- $existing := .root.Values.database.existingSecret -}}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ default .secret $existing.name }}
      key: {{ ternary $existing.key "DATABASE_URL" (ne $existing.name "") }}
{{- if or $existing.listenKey .root.Values.database.listenUrl }}
- name: DATABASE_LISTEN_URL
  valueFrom:
    secretKeyRef:
      name: {{ ternary $existing.name .secret (ne $existing.listenKey "") }}
      key: {{ default "DATABASE_LISTEN_URL" $existing.listenKey }}
{{- end }}
{{- end -}}

{{/* What every pod that runs the image has in common; the volumes are last, so that more can follow. */}}
{{- define "event-handler.podDefaults" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext: {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "event-handler.containerDefaults" -}}
image: {{ include "event-handler.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext: {{- toYaml .Values.securityContext | nindent 2 }}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* Fails with everything that is wrong and that the schema can't say. */}}
{{- define "event-handler.validate" -}}
{{- $faults := list -}}
{{- $database := .Values.database -}}
{{- $sources := list -}}
{{- if $database.existingSecret.name }}{{ $sources = append $sources "database.existingSecret.name" }}{{ end -}}
{{- if $database.url }}{{ $sources = append $sources "database.url" }}{{ end -}}
{{- if .Values.postgresql.enabled }}{{ $sources = append $sources "postgresql.enabled" }}{{ end -}}
{{- if not $sources -}}
{{- $faults = append $faults "no database: set database.existingSecret.name, or for a trial database.url or postgresql.enabled" -}}
{{- else if gt (len $sources) 1 -}}
{{- $faults = append $faults (printf "%s: only one of them can say where the database is" (join ", " $sources)) -}}
{{- end -}}
{{- range $value := list "url" "listenUrl" -}}
{{- if not (regexMatch "^((jdbc:)?(postgres|postgresql|pgsql)(\\+\\w+)?://.+)?$" (get $database $value)) -}}
{{- $faults = append $faults (printf "database.%s: is not a PostgreSQL URL, such as postgresql://user:password@host:5432/database" $value) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.postgresql.enabled (not (regexMatch "^[A-Za-z0-9._~-]+$" .Values.postgresql.password)) -}}
{{- $faults = append $faults "postgresql.password: must be set, to letters, digits and . _ ~ -" -}}
{{- end -}}
{{- if and $database.existingSecret.listenKey (not $database.existingSecret.name) -}}
{{- $faults = append $faults "database.existingSecret.listenKey: is a key of database.existingSecret.name, which is not set" -}}
{{- end -}}
{{- if and $database.existingSecret.listenKey $database.listenUrl -}}
{{- $faults = append $faults "database.existingSecret.listenKey, database.listenUrl: only one of them can say where to LISTEN" -}}
{{- end -}}
{{- $auth := .Values.auth -}}
{{- if not $auth.mode -}}
{{- $faults = append $faults "auth.mode: must be set: required (clients need a credential; auth.existingSecret.name names the Secret with the ADMIN_KEY) or none (whoever reaches the service may do everything)" -}}
{{- end -}}
{{- $tokenKeys := list -}}
{{- range $key := list "jwtSecret" "jwtPublicKey" -}}
{{- if get $auth.existingSecret $key -}}
{{- $tokenKeys = append $tokenKeys (printf "auth.existingSecret.%s" $key) -}}
{{- if not $auth.existingSecret.name -}}
{{- $faults = append $faults (printf "auth.existingSecret.%s: is a key of auth.existingSecret.name, which is not set" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $auth.jwt.jwksUrl }}{{ $tokenKeys = append $tokenKeys "auth.jwt.jwksUrl" }}{{ end -}}
{{- if gt (len $tokenKeys) 1 -}}
{{- $faults = append $faults (printf "%s: only one of them can say how JSON Web Tokens are verified" (join ", " $tokenKeys)) -}}
{{- end -}}
{{- range $name := list "issuer" "audience" -}}
{{- if and $tokenKeys (not (get $auth.jwt $name)) -}}
{{- $faults = append $faults (printf "auth.jwt.%s: must be set with %s" $name (join ", " $tokenKeys)) -}}
{{- else if and (get $auth.jwt $name) (not $tokenKeys) -}}
{{- $faults = append $faults (printf "auth.jwt.%s: says nothing without auth.jwt.jwksUrl, auth.existingSecret.jwtSecret or auth.existingSecret.jwtPublicKey" $name) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.postgresql.enabled (eq .Values.migration.mode "job") -}}
{{- $faults = append $faults "migration.mode: the job runs before anything is installed, so it can't migrate the database of postgresql.enabled; use start" -}}
{{- end -}}
{{- if and .Values.migration.existingSecret.name (ne .Values.migration.mode "job") -}}
{{- $faults = append $faults "migration.existingSecret.name: is for migration.mode job; with start each replica migrates as the role that it runs as" -}}
{{- end -}}
{{- if .Values.autoscaling.enabled -}}
{{- if gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas) -}}
{{- $faults = append $faults (printf "autoscaling.minReplicas: %d is more than maxReplicas, %d" (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if not (or .Values.autoscaling.cpuPercent .Values.autoscaling.connections) -}}
{{- $faults = append $faults "autoscaling: neither cpuPercent nor connections says when to scale" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- $faults = append $faults "ingress.hosts: names no host" -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- $faults = append $faults "httpRoute.parentRefs: names no gateway" -}}
{{- end -}}
{{- $owned := dict "DATABASE_URL" "database" "DATABASE_LISTEN_URL" "database" "PORT" "service.port" "MANAGEMENT_PORT" "metrics" "HOST" "service" "MIGRATE_AT_START" "migration.mode" "DRAIN_DELAY" "drain.delaySeconds" "DRAIN_WINDOW" "drain.windowSeconds" "PUBLISH_TIMEOUT" "publishTimeoutSeconds" "JDK_JAVA_OPTIONS" "javaOptions" "AUTH" "auth.mode" "ADMIN_KEY" "auth.existingSecret.adminKey" "JWT_SECRET" "auth.existingSecret.jwtSecret" "JWT_PUBLIC_KEY_FILE" "auth.existingSecret.jwtPublicKey" "JWT_JWKS_URL" "auth.jwt.jwksUrl" "JWT_ISSUER" "auth.jwt.issuer" "JWT_AUDIENCE" "auth.jwt.audience" -}}
{{- range $name, $value := .Values.settings -}}
{{- with get $owned $name }}{{ $faults = append $faults (printf "settings.%s: is set by %s" $name .) }}{{ end -}}
{{- end -}}
{{- range .Values.extraEnv -}}
{{- $name := .name -}}
{{- with get $owned $name }}{{ $faults = append $faults (printf "extraEnv: %s is set by %s" $name .) }}{{ end -}}
{{- end -}}
{{- if $faults }}{{ fail (printf "wrong values:\n- %s\n" (join "\n- " $faults)) }}{{ end -}}
{{- end -}}
