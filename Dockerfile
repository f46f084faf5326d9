# The service, production dependencies only. Node 24 comes with the image; the embedded PostgreSQL is left out.
FROM node:24.11-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY console ./console
COPY schemas ./schemas
RUN npm ci --no-fund && npm prune --omit=dev --ignore-scripts

FROM node:24.11-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/console/dist ./console/dist
COPY package.json main.ts service.ts admin.ts ./
COPY admin ./admin
COPY schemas ./schemas
COPY platform ./platform
COPY alerts ./alerts
COPY broker ./broker
COPY ingest ./ingest
COPY dispatcher ./dispatcher
COPY canary ./canary
COPY service ./service
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 1883 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.HTTP_PORT || 8080) + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "main.ts"]
