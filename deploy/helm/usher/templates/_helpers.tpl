{{- define "usher.fullname" -}}
{{- if contains "usher" .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-usher" (.Release.Name | trunc 47 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "usher.instanceLabels" -}}
app.kubernetes.io/name: usher
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "usher.labels" -}}
{{ include "usher.instanceLabels" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "usher.serverLabels" -}}
{{ include "usher.instanceLabels" . }}
app.kubernetes.io/component: server
{{- end -}}

{{- define "usher.migrationLabels" -}}
{{ include "usher.instanceLabels" . }}
app.kubernetes.io/component: migration
{{- end -}}

{{- define "usher.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "usher.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "usher.fullname" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{/* Fails unless exactly one of the two places of the secrets is set. */}}
{{- define "usher.checkSecrets" -}}
{{- $file := .Values.secrets.configFile.existingSecret -}}
{{- if and .Values.secrets.existingSecret $file -}}
{{- fail "secrets: set existingSecret or configFile.existingSecret, not both" -}}
{{- else if not (or .Values.secrets.existingSecret $file) -}}
{{- fail "secrets: set existingSecret or configFile.existingSecret: the chart creates no Secret" -}}
{{- end -}}
{{- end -}}

{{/* The security of every pod: the level "restricted" of the Pod Security Standards. */}}
{{- define "usher.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "usher.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{/* The settings and the secrets, as the server and the migration get them. */}}
{{- define "usher.environment" -}}
env:
  - name: USHER_LISTEN
    value: 0.0.0.0:8080
  {{- range $name, $value := .Values.settings }}
  {{- if not (kindIs "invalid" $value) }}
  - name: USHER_{{ upper $name }}
    {{- if kindIs "slice" $value }}
    value: {{ join "," $value | quote }}
    {{- else if kindIs "float64" $value }}
    value: {{ printf "%d" (int64 $value) | quote }}
    {{- else }}
    value: {{ $value | toString | quote }}
    {{- end }}
  {{- end }}
  {{- end }}
  {{- if .Values.secrets.configFile.existingSecret }}
  - name: USHER_CONFIG
    value: /etc/usher/usher.toml
  {{- else }}
  - name: USHER_DATABASE
    valueFrom:
      secretKeyRef:
        name: {{ .Values.secrets.existingSecret }}
        key: {{ .Values.secrets.databaseKey }}
  - name: USHER_SECRET_KEY
    valueFrom:
      secretKeyRef:
        name: {{ .Values.secrets.existingSecret }}
        key: {{ .Values.secrets.secretKeyKey }}
  {{- end }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  # The image declares a volume here. With PostgreSQL it stays empty.
  - name: data
    mountPath: /data
  {{- if .Values.secrets.configFile.existingSecret }}
  - name: config
    mountPath: /etc/usher
    readOnly: true
  {{- end }}
{{- end -}}

{{- define "usher.volumes" -}}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
  - name: data
    emptyDir:
      sizeLimit: 16Mi
  {{- if .Values.secrets.configFile.existingSecret }}
  - name: config
    secret:
      secretName: {{ .Values.secrets.configFile.existingSecret }}
      defaultMode: 0440
      items:
        - key: {{ .Values.secrets.configFile.key }}
          path: usher.toml
  {{- end }}
{{- end -}}

{{/* Queries of names, and connections to the database. */}}
{{- define "usher.egress" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
- ports:
    - port: {{ .Values.networkPolicy.databasePort }}
      protocol: TCP
  {{- with .Values.networkPolicy.databaseTo }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
