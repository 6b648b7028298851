# Vekha in a container; docker-compose.yml says what runs beside it.
FROM node:24-slim AS pages
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --ignore-scripts
COPY frontend/ ./
RUN npx vite build

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1
RUN useradd --system --uid 1000 vekha && install -d -o vekha -g vekha /data
WORKDIR /vekha
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY app/ app/
COPY migrations/ migrations/
COPY workflows/ workflows/
COPY forms/ forms/
COPY --from=pages /build/app/web/static/bundles/ app/web/static/bundles/
RUN printf '#!/bin/sh\nexec python -P -m app.cli.main "$@"\n' > /usr/local/bin/vekha && chmod 755 /usr/local/bin/vekha \
    && python -c 'import site; open(site.getsitepackages()[0] + "/vekha.pth", "w").write("/vekha\n")' \
    && python -m compileall -q app
USER vekha
VOLUME /data
EXPOSE 8000
CMD ["vekha", "web", "--bind", "0.0.0.0:8000"]
