{{/* Names, roles and variables of the services, as tools/chart.mjs writes them from the code. */}}
{{- define "groundswell.fleet" -}}
{{ .Files.Get "files/fleet.json" }}
{{- end }}

{{- define "groundswell.fullname" -}}
{{ .Values.fullnameOverride | default .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* Of everything the chart makes. */}}
{{- define "groundswell.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: groundswell
{{ include "groundswell.fleetSelector" . }}
{{- end }}

{{/* Of all our pods. */}}
{{- define "groundswell.fleetSelector" -}}
app.kubernetes.io/name: groundswell
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Of the pods of one component: (dict "root" $ "component" name). */}}
{{- define "groundswell.selector" -}}
{{ include "groundswell.fleetSelector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "groundswell.image" -}}
{{- $image := .root.Values.image -}}
{{- $digest := index $image.digests .name -}}
{{ $image.repository }}/{{ .name }}:{{ $image.tag | default .root.Chart.AppVersion }}{{ with $digest }}@{{ . }}{{ end }}
{{- end }}

{{/* What holds for one service: the values of `defaults`, and its own over them. (dict "root" $ "name" name) */}}
{{- define "groundswell.serviceValues" -}}
{{- $own := index .root.Values.services .name | default dict -}}
{{ mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy $own) | toYaml }}
{{- end }}

{{/* ---- Servers: of this chart, or somebody else's. ---- */}}

{{- define "groundswell.database" -}}
{{- $own := .Values.postgresCluster.enabled -}}
{{- $cluster := printf "%s-postgres" (include "groundswell.fullname" .) -}}
{{- $database := .Values.database -}}
host: {{ ternary (printf "%s-rw" $cluster) (required "set database.host, or postgresCluster.enabled" (ternary $cluster $database.host $own)) $own }}
port: {{ ternary 5432 ($database.port | int) $own }}
name: {{ $database.name }}
sslMode: {{ ternary "verify-full" $database.sslMode $own }}
caSecret: {{ ternary (printf "%s-ca" $cluster) $database.caSecret $own | quote }}
ownerSecret: {{ ternary (printf "%s-app" $cluster) $database.owner.secret $own }}
usernameKey: {{ ternary "username" $database.owner.usernameKey $own }}
passwordKey: {{ ternary "password" $database.owner.passwordKey $own }}
{{- end }}

{{- define "groundswell.broker" -}}
{{- $own := .Values.rabbitmqCluster.enabled -}}
{{- $cluster := printf "%s-rabbitmq" (include "groundswell.fullname" .) -}}
{{- $broker := .Values.broker -}}
{{- $isTls := ternary (ne .Values.rabbitmqCluster.tls.secret "") $broker.tls $own -}}
host: {{ ternary (printf "%s.%s.svc" $cluster .Release.Namespace) (required "set broker.host, or rabbitmqCluster.enabled" (ternary $cluster $broker.host $own)) $own }}
isTls: {{ $isTls }}
scheme: {{ ternary "amqps" "amqp" $isTls }}
port: {{ ternary (ternary 5671 5672 $isTls) ($broker.port | int) $own }}
managementScheme: {{ ternary (ternary "https" "http" $isTls) $broker.managementScheme $own }}
managementPort: {{ ternary (ternary 15671 15672 $isTls) ($broker.managementPort | int) $own }}
vhost: {{ $broker.vhost | quote }}
caSecret: {{ ternary .Values.rabbitmqCluster.tls.caSecret $broker.caSecret $own | quote }}
adminSecret: {{ ternary (printf "%s-default-user" $cluster) $broker.admin.secret $own }}
usernameKey: {{ ternary "username" $broker.admin.usernameKey $own }}
passwordKey: {{ ternary "password" $broker.admin.passwordKey $own }}
{{- end }}

{{/* The path of an AMQP URL: none is the vhost "/". */}}
{{- define "groundswell.vhostPath" -}}
{{- if ne . "/" }}/{{ . | urlquery }}{{ end -}}
{{- end }}

{{/* What an install needs may be made by the same install: then hooks that run before it would wait for ever. */}}
{{- define "groundswell.needsItself" -}}
{{- if and .Release.IsInstall (or .Values.postgresCluster.enabled .Values.rabbitmqCluster.enabled .Values.redisServer.enabled .Values.secrets.external.enabled) }}yes{{ end -}}
{{- end }}

{{/* ---- Environment. ---- */}}

{{/*
Variables of one program, as the list of a container: (dict "root" $ "program" {name, variables, secrets, ...} "values" {settings, secretSettings}).
What the platform knows is given to programs that read it; what the values say must be read by somebody.
*/}}
{{- define "groundswell.env" -}}
{{- $root := .root -}}
{{- $program := .program -}}
{{- $values := $root.Values -}}
{{- $database := include "groundswell.database" $root | fromYaml -}}
{{- $broker := include "groundswell.broker" $root | fromYaml -}}
{{- $own := $values.secrets.name -}}
{{- $vhost := include "groundswell.vhostPath" $broker.vhost -}}
{{- $tls := "" -}}
{{- if $database.caSecret }}{{ $tls = "&sslrootcert=/etc/groundswell/database-ca/ca.crt" }}{{ end -}}
{{- $address := printf "%s:%v/%s?sslmode=%s%s" $database.host $database.port $database.name $database.sslMode $tls -}}
{{- $plain := dict "NODE_ENV" "production" "HOST" "0.0.0.0" "PORT" "8080" "METRICS_PORT" "9568" "LOG_LEVEL" $values.logLevel -}}
{{- $_ := set $plain "PUBLIC_URL" $values.publicUrl -}}
{{- $_ := set $plain "ORG_NAME" $values.orgName -}}
{{- $_ := set $plain "TRUSTED_PROXIES" (toString $values.trustedProxies) -}}
{{- $secret := dict -}}
{{- range $name := list "ENVELOPE_KEY" "FINGERPRINT_SEED" "EMAIL_SRS_KEY" }}{{ $_ := set $secret $name (dict "name" $own "key" $name) }}{{ end -}}
{{- with $program.databaseRole -}}
  {{- $_ := set $plain "DATABASE_URL" (printf "postgres://%s@%s" . $address) -}}
  {{- $_ := set $secret "DATABASE_PASSWORD" (dict "name" $own "key" $program.databasePassword) -}}
{{- else -}}
  {{- range $prefix := list "DATABASE" "MIGRATION_DATABASE" -}}
    {{- $_ := set $plain (printf "%s_URL" $prefix) (printf "postgres://%s" $address) -}}
    {{- $_ := set $secret (printf "%s_USERNAME" $prefix) (dict "name" $database.ownerSecret "key" $database.usernameKey) -}}
    {{- $_ := set $secret (printf "%s_PASSWORD" $prefix) (dict "name" $database.ownerSecret "key" $database.passwordKey) -}}
  {{- end -}}
{{- end -}}
{{- with $program.brokerUser -}}
  {{- $_ := set $plain "AMQP_URL" (printf "%s://%s@%s:%v%s" $broker.scheme . $broker.host $broker.port $vhost) -}}
  {{- $_ := set $secret "AMQP_PASSWORD" (dict "name" $own "key" $program.brokerPassword) -}}
{{- else -}}
  {{- $_ := set $plain "AMQP_URL" (printf "%s://%s:%v%s" $broker.scheme $broker.host $broker.port $vhost) -}}
  {{- $_ := set $plain "AMQP_MANAGEMENT_URL" (printf "%s://%s:%v" $broker.managementScheme $broker.host $broker.managementPort) -}}
  {{- range $prefix := list "AMQP" "AMQP_MANAGEMENT" -}}
    {{- $_ := set $secret (printf "%s_USERNAME" $prefix) (dict "name" $broker.adminSecret "key" $broker.usernameKey) -}}
    {{- $_ := set $secret (printf "%s_PASSWORD" $prefix) (dict "name" $broker.adminSecret "key" $broker.passwordKey) -}}
  {{- end -}}
{{- end -}}
{{- if $broker.caSecret }}{{ $_ := set $plain "AMQP_CACERTFILE" "/etc/groundswell/broker-ca/ca.crt" }}{{ end -}}
{{- range $name := $program.passwords }}{{ $_ := set $secret $name (dict "name" $own "key" $name) }}{{ end -}}
{{- if $values.redisServer.enabled -}}
  {{- $_ := set $plain "REDIS_URL" (printf "redis://%s-redis:6379/0" (include "groundswell.fullname" $root)) -}}
  {{- $_ := set $secret "REDIS_PASSWORD" (dict "name" $own "key" "REDIS_PASSWORD") -}}
{{- else if $values.redis.url -}}
  {{- $_ := set $plain "REDIS_URL" $values.redis.url -}}
  {{- with $values.redis.password.secret }}{{ $_ := set $secret "REDIS_PASSWORD" (dict "name" . "key" $values.redis.password.key) }}{{ end -}}
{{- end -}}
{{- with $values.objectStore -}}
  {{- if .bucket -}}
    {{- $_ := set $plain "OBJECT_STORE_BUCKET" .bucket -}}
    {{- $_ := set $plain "OBJECT_STORE_REGION" .region -}}
    {{- with .endpoint }}{{ $_ := set $plain "OBJECT_STORE_ENDPOINT" . }}{{ end -}}
    {{- with .publicEndpoint }}{{ $_ := set $plain "OBJECT_STORE_PUBLIC_ENDPOINT" . }}{{ end -}}
    {{- $_ := set $secret "OBJECT_STORE_ACCESS_KEY_ID" (dict "name" .credentials.secret "key" .credentials.accessKeyIdKey) -}}
    {{- $_ := set $secret "OBJECT_STORE_SECRET_ACCESS_KEY" (dict "name" .credentials.secret "key" .credentials.secretAccessKeyKey) -}}
  {{- end -}}
{{- end -}}
{{- with $values.admin.email -}}
  {{- $_ := set $plain "ADMIN_EMAIL" . -}}
  {{- $_ := set $secret "ADMIN_PASSWORD" (dict "name" $values.admin.password.secret "key" $values.admin.password.key) -}}
{{- end -}}
{{- $given := dict -}}
{{- range $name, $value := $plain }}{{ if has $name $program.variables }}{{ $_ := set $given $name (dict "value" $value) }}{{ end }}{{ end -}}
{{- range $name, $ref := $secret }}{{ if has $name $program.variables }}{{ $_ := set $given $name (dict "valueFrom" (dict "secretKeyRef" $ref)) }}{{ end }}{{ end -}}
{{- if $values.caSecret }}{{ $_ := set $given "NODE_EXTRA_CA_CERTS" (dict "value" "/etc/groundswell/ca/ca.crt") }}{{ end -}}
{{- range $name, $value := .values.settings | default dict -}}
  {{- if has $name $program.variables -}}
    {{- if has $name $program.secrets }}{{ fail (printf "%s is a secret: give it in secretSettings, as {secret, key}" $name) }}{{ end -}}
    {{- $_ := set $given $name (dict "value" (toString $value)) -}}
  {{- end -}}
{{- end -}}
{{- range $name, $ref := .values.secretSettings | default dict -}}
  {{- if has $name $program.variables -}}
    {{- $_ := set $given $name (dict "valueFrom" (dict "secretKeyRef" (dict "name" $ref.secret "key" $ref.key))) -}}
  {{- end -}}
{{- end -}}
{{- range $name := keys $given | sortAlpha }}
- name: {{ $name }}
  {{- index $given $name | toYaml | nindent 2 }}
{{- end }}
{{- end }}

{{/* Refuses settings that nobody reads: those of all services by none of them, those of one service by that. */}}
{{- define "groundswell.checkSettings" -}}
{{- $fleet := include "groundswell.fleet" . | fromJson -}}
{{- $known := list -}}
{{- range $service := $fleet.services -}}
  {{- $known = concat $known $service.variables -}}
  {{- $own := index $.Values.services $service.name | default dict -}}
  {{- range $name := concat (keys ($own.settings | default dict)) (keys ($own.secretSettings | default dict)) -}}
    {{- if not (has $name $service.variables) }}{{ fail (printf "services.%s sets %s, which it does not read" $service.name $name) }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- range $name := concat (keys .Values.defaults.settings) (keys .Values.defaults.secretSettings) -}}
  {{- if not (has $name $known) }}{{ fail (printf "defaults sets %s, which no service reads" $name) }}{{ end -}}
{{- end -}}
{{- $names := list -}}
{{- range $fleet.services }}{{ $names = append $names .name }}{{ end -}}
{{- range $name := keys .Values.services }}{{ if not (has $name $names) }}{{ fail (printf "there is no service %s" $name) }}{{ end }}{{ end -}}
{{- end }}

{{/* ---- Pods. ---- */}}

{{- define "groundswell.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "groundswell.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "groundswell.volumeMounts" -}}
{{- $database := include "groundswell.database" . | fromYaml -}}
{{- $broker := include "groundswell.broker" . | fromYaml -}}
- name: tmp
  mountPath: /tmp
{{- if $database.caSecret }}
- name: database-ca
  mountPath: /etc/groundswell/database-ca
  readOnly: true
{{- end }}
{{- if .Values.caSecret }}
- name: ca
  mountPath: /etc/groundswell/ca
  readOnly: true
{{- end }}
{{- if $broker.caSecret }}
- name: broker-ca
  mountPath: /etc/groundswell/broker-ca
  readOnly: true
{{- end }}
{{- end }}

{{- define "groundswell.volumes" -}}
{{- $database := include "groundswell.database" . | fromYaml -}}
{{- $broker := include "groundswell.broker" . | fromYaml -}}
- name: tmp
  emptyDir:
    sizeLimit: 256Mi
{{- if $database.caSecret }}
- name: database-ca
  secret:
    secretName: {{ $database.caSecret }}
    items:
      - key: ca.crt
        path: ca.crt
{{- end }}
{{- if .Values.caSecret }}
- name: ca
  secret:
    secretName: {{ .Values.caSecret }}
    items:
      - key: ca.crt
        path: ca.crt
{{- end }}
{{- if $broker.caSecret }}
- name: broker-ca
  secret:
    secretName: {{ $broker.caSecret }}
    items:
      - key: ca.crt
        path: ca.crt
{{- end }}
{{- end }}

{{- define "groundswell.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* A pod that runs one program to its end: (dict "root" $ "component" name "image" name "args" list "program" {...} "resources" {}). */}}
{{- define "groundswell.jobPod" -}}
metadata:
  labels:
    {{- include "groundswell.selector" (dict "root" .root "component" .component) | nindent 4 }}
spec:
  restartPolicy: {{ .restartPolicy | default "OnFailure" }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- include "groundswell.pullSecrets" .root | nindent 2 }}
  securityContext:
    {{- include "groundswell.podSecurity" .root | nindent 4 }}
  containers:
    - name: {{ .component }}
      image: {{ include "groundswell.image" (dict "root" .root "name" .image) }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: [/usr/local/bin/node, /app/tools/serve.mjs]
      args: {{ .args | toJson }}
      env:
        {{- include "groundswell.env" (dict "root" .root "program" .program "values" (.values | default dict)) | nindent 8 }}
        {{- range $name, $value := .extra }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
      resources:
        {{- toYaml .root.Values.jobs.resources | nindent 8 }}
      securityContext:
        {{- include "groundswell.containerSecurity" .root | nindent 8 }}
      volumeMounts:
        {{- include "groundswell.volumeMounts" .root | nindent 8 }}
  volumes:
    {{- include "groundswell.volumes" .root | nindent 4 }}
{{- end }}
