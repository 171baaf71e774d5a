# The service's image is Debian 12 plus run.sh, so that what is proved on a bare machine holds in a container.
FROM debian:12
WORKDIR /srv/gridward
COPY . .
RUN ./run.sh prepare && rm -rf /var/lib/apt/lists/* /root/.cache
EXPOSE 8000
CMD ["./run.sh", "serve"]
