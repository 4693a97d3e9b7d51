# The gateway as a container: Node 24, an unprivileged user, production packages only. No build step: TypeScript runs as it is.
FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image has its own Node and the database runs elsewhere: neither install scripts nor the embedded database's binaries are needed.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force
COPY LICENCE ./
COPY schemas schemas
COPY openapi openapi
COPY adapters adapters
COPY samples samples
COPY src src
COPY container/jisr /usr/local/bin/jisr
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
# At the admin port: a worker alone has no other, and only there it is known whether anything moves.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ADMIN_PORT ?? 9090}/readyz`).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["jisr", "start"]
